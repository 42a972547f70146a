import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeClip, noFfmpeg } from '../api/http/odd-clips.ts';
import { PHOTOGRAPH } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { callHttp } from './house.ts';

test('uploads leave nothing in the folders for temporary files, at home or where the daemon was started', async (t) => {
  const directory = scratch();
  const made = Object.fromEntries(
    ['state', 'tmp', 'home', 'cwd'].map((name) => [name, join(directory, name)]),
  ) as Record<'state' | 'tmp' | 'home' | 'cwd', string>;
  for (const path of Object.values(made)) await mkdir(path, { mode: 0o700 });
  const config = [
    'http: { port: 0 }',
    'mqtt: { embeddedPort: 0 }',
    `camera: 'stills://${directory}/none'`,
    'inference: { provider: cpu }',
  ];
  const { url } = await Daemon.start(t, {
    directory,
    state: made.state,
    config,
    cwd: made.cwd,
    // the loader of the sources keeps what it has compiled, which is not the daemon's doing
    env: { TMPDIR: made.tmp, HOME: made.home, TSX_DISABLE_CACHE: '1' },
  });
  const list = () =>
    Promise.all([made.tmp, made.home, made.cwd].map((path) => readdir(path, { recursive: true })));
  const before = await list();
  assert.deepEqual(before[1], [], 'something was left at home by the start');
  const seen: string[] = [];
  const watchers = [made.tmp, made.home, made.cwd].map((path) =>
    watch(path, (_, name) => void seen.push(`${path}: ${name}`)),
  );
  t.after(() => {
    for (const watcher of watchers) watcher.close();
  });
  assert.equal((await callHttp(url, 'POST', '/v1/people/default/anna/faces', PHOTOGRAPH)).status, 201);
  assert.equal((await callHttp(url, 'POST', '/v1/verify?id=anna', PHOTOGRAPH)).status, 200);
  if (!noFfmpeg) {
    const clip = encodeClip(directory, 'clip.mp4', { frames: 5 });
    assert.equal((await callHttp(url, 'POST', '/v1/verify?id=anna', clip)).status, 422);
  }
  assert.equal((await callHttp(url, 'POST', '/v1/identify', Buffer.from('no picture'))).status, 415);
  // what the watchers have not told yet comes before this
  const told = new Promise<void>((resolve) => {
    watchers[0]?.once('change', () => resolve());
  });
  await writeFile(join(made.tmp, 'sentinel'), '');
  await told;
  assert.deepEqual(
    seen.filter((line) => !line.endsWith(': sentinel')),
    [],
  );
  await rm(join(made.tmp, 'sentinel'));
  assert.deepEqual(await list(), before);
});
