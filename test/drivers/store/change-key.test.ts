import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { crashSteps, eachStep } from './crash-steps.ts';
import { person } from './fixtures.ts';

const PROGRAM = join(import.meta.dirname, 'children', 'change-key.ts');

async function changeKey(stateDir: string, dieAt: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, stateDir, String(dieAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  await once(child, 'close');
  const text = Buffer.concat(said).toString();
  const [, before] = /^before (\w+)$/m.exec(text) ?? [];
  const [, after, steps] = /^acknowledged (\w+) after (\d+)$/m.exec(text) ?? [];
  return { before, after, steps: Number(steps), signal: child.signalCode };
}

async function checkWhole(t: TestContext, stateDir: string, old: Buffer, what: string): Promise<string> {
  const vault = new PeopleVault({ stateDir, log: silentLog });
  await vault.start();
  t.after(() => vault.stop());
  const [ann, bob] = await vault.list();
  const picture = ann?.faces[0]?.picture;
  assert.deepEqual(
    ann,
    { ...person('ann'), faces: person('ann').faces.map((face) => ({ ...face, picture })) },
    what,
  );
  assert.deepEqual(bob, person('bob'), what);
  const read = await vault.pictures.read(picture ?? '');
  assert.equal(Buffer.from(read ?? []).toString(), 'a picture of ann', what);
  await vault.put(person('cy'));
  await vault.stop();
  assert.deepEqual(readdirSync(stateDir).sort(), ['people.log', 'pictures', 'store.key'], what);
  assert.equal(readFileSync(join(stateDir, 'store.key'), 'latin1').split('\n').length, 2, `${what}: one key`);
  const oldId = Buffer.from(old);
  const held = readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(oldId),
  );
  if (vault.keyId !== old.toString('hex')) assert.deepEqual(held, [], `${what}: nothing under the old key`);
  return vault.keyId;
}

test('killed at any step of a change of key, the next start has everybody under one key', async (t) => {
  const first = scratch();
  const whole = await changeKey(first, 1_000_000);
  assert.ok(whole.after !== undefined && whole.before !== undefined && whole.after !== whole.before);
  assert.ok(whole.steps > 15, `${whole.steps} steps`);
  // A store as it is before a change, copied for every step.
  const origin = scratch();
  const { before } = await changeKey(origin, 1);
  assert.ok(before);
  const ends = new Set<string>();
  const step = async (dieAt: number) => {
    const stateDir = join(scratch(), 'state');
    cpSync(origin, stateDir, { recursive: true });
    const { signal, after } = await changeKey(stateDir, dieAt);
    assert.deepEqual([signal, after], ['SIGKILL', undefined], `step ${dieAt}`);
    const keyId = await checkWhole(t, stateDir, Buffer.from(before, 'hex'), `step ${dieAt}`);
    ends.add(keyId === before ? 'old' : 'new');
  };
  await eachStep(crashSteps(whole.steps), step);
  assert.deepEqual([...ends].sort(), ['new', 'old']);
});
