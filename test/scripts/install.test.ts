import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../fixtures/scratch.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const INSTALL = join(REPOSITORY, 'scripts/install.sh');

function temporary(): string {
  const root = scratch();
  return root;
}

function install(root: string, ...args: string[]) {
  const all = ['--root', root, '--skip-packages', ...args];
  const { status, stdout, stderr } = spawnSync(INSTALL, all, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function tool(name: string, ...args: string[]) {
  const { error, status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  return error === undefined ? { status, text: stdout + stderr } : undefined;
}

const missing = (name: string, packageName: string) =>
  tool(name, '--version') === undefined ? `needs ${name}: apt-get install ${packageName}` : false;

/** Every path below `root` with its mode, and the content of files. */
function picture(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(root, name);
      const info = lstatSync(path);
      return `${name} ${info.mode.toString(8)} ${info.isFile() ? readFileSync(path, 'utf8').length : ''}`;
    });
}

test('everything is put in its place, and again without a difference', () => {
  const root = temporary();
  assert.deepEqual(install(root, '--prefix', '/srv/limen/'), {
    status: 0,
    stdout: `installed in ${root}; nothing was started\n`,
    stderr: '',
  });
  const unit = readFileSync(join(root, 'etc/systemd/system/limen.service'), 'utf8');
  assert.match(unit, /^ExecStart=\/\S*node \/srv\/limen\/src\/bin\.js run$/m);
  for (const name of ['sysusers.d/limen.conf', 'tmpfiles.d/limen.conf', 'udev/rules.d/60-limen.rules']) {
    assert.ok(existsSync(join(root, 'etc', name)), name);
  }
  assert.equal(readlinkSync(join(root, 'usr/local/bin/limen')), '/srv/limen/src/bin.js');
  assert.ok(existsSync(join(root, 'srv/limen/models/packs')));
  assert.equal(statSync(join(root, 'etc/limen/limen.yaml')).mode & 0o777, 0o640);

  const first = picture(root);
  assert.equal(install(root, '--prefix', '/srv/limen').status, 0);
  assert.deepEqual(picture(root), first);
});

test('an update keeps the configuration; a removal keeps it and the people', () => {
  const root = temporary();
  install(root);
  const config = join(root, 'etc/limen/limen.yaml');
  writeFileSync(config, 'device: mine\n');
  mkdirSync(join(root, 'var/lib/limen'), { recursive: true });
  writeFileSync(join(root, 'opt/limen/left-over'), '');
  assert.match(install(root).stdout, /^kept: .*limen\.yaml\n/);
  assert.equal(existsSync(join(root, 'opt/limen/left-over')), false);
  assert.equal(install(root, '--uninstall').status, 0);
  assert.equal(install(root, '--uninstall').status, 0);
  const left = picture(root).map((line) => line.split(' ')[0]);
  assert.equal(readFileSync(config, 'utf8'), 'device: mine\n');
  assert.ok(left.includes('var/lib/limen'));
  assert.deepEqual(
    left.filter((path) => /opt\/limen|service|\.rules|\.conf$|bin\/limen/.test(path as string)),
    [],
  );
});

test('a dry run changes nothing', () => {
  const root = temporary();
  const { status, stdout } = install(root, '--dry-run');
  assert.equal(status, 0);
  assert.match(stdout, /would write: .*limen\.service/);
  assert.deepEqual(readdirSync(root), []);
  install(root);
  const before = picture(root);
  install(root, '--uninstall', '--dry-run');
  assert.deepEqual(picture(root), before);
});

test('a directory that is not Limen is neither replaced nor removed', () => {
  const root = temporary();
  mkdirSync(join(root, 'opt/limen'), { recursive: true });
  writeFileSync(join(root, 'opt/limen/precious'), '');
  for (const action of [[], ['--uninstall']]) {
    const { status, stderr } = install(root, ...action);
    assert.equal(status, 1);
    assert.match(stderr, /exists and is not Limen\nwhat to do: /);
  }
  assert.ok(existsSync(join(root, 'opt/limen/precious')));
});

test('bad usage exits with 2 and says why', () => {
  const root = temporary();
  for (const args of [
    ['--prefx'],
    ['--prefix'],
    ['--prefix', 'opt'],
    ['--prefix', '/a/../b'],
    ['--prefix', '/a b'],
  ]) {
    const { status, stderr } = install(root, ...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^install\.sh: .*\nwhat to do: .*\n$/);
  }
  assert.deepEqual(readdirSync(root), []);
});

test('systemd accepts the unit', { skip: missing('systemd-analyze', 'systemd') }, () => {
  const root = temporary();
  install(root);
  // The paths of ExecStart must exist to be accepted: those of this checkout do.
  const unit = join(root, 'limen.service');
  const text = readFileSync(join(root, 'etc/systemd/system/limen.service'), 'utf8');
  writeFileSync(unit, text.replace('/opt/limen/', `${REPOSITORY}/`));
  assert.deepEqual(tool('systemd-analyze', 'verify', '--man=no', unit), { status: 0, text: '' });
});

test('systemd makes user, groups and directories', { skip: missing('systemd-sysusers', 'systemd') }, (t) => {
  const root = temporary();
  install(root);
  const made = tool('systemd-sysusers', `--root=${root}`, 'limen.conf');
  if (made?.status !== 0 && process.getuid?.() !== 0) return t.skip('needs root');
  assert.equal(made?.status, 0, made?.text);
  assert.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^limen:.*:\/var\/lib\/limen:/m);
  const groups = readFileSync(join(root, 'etc/group'), 'utf8');
  for (const group of ['limen', 'video', 'render', 'gpio'])
    assert.match(groups, new RegExp(`^${group}:`, 'm'));
  const directories = tool('systemd-tmpfiles', `--root=${root}`, '--create', 'limen.conf');
  assert.equal(directories?.status, 0, directories?.text);
  assert.equal(statSync(join(root, 'etc/limen')).mode & 0o777, 0o750);
});

test('the script is plain POSIX shell', { skip: missing('shellcheck', 'shellcheck') }, () => {
  assert.deepEqual(tool('shellcheck', INSTALL), { status: 0, text: '' });
});
