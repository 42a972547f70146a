import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { JournalLog } from '../../src/drivers/store/journal-log.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';
import { limen } from './limen.ts';

test('limen events --verify: says that all is as it was written, and exits 1 once it is not', async () => {
  const state = join(scratch(), 'state');
  const journal = async (work: (open: JournalLog) => Promise<unknown>) => {
    const open = new JournalLog({
      directory: join(state, 'journal'),
      device: 'box',
      clock: new SystemClock(),
      log: silentLog,
      keepDays: 30,
    });
    await open.start();
    await work(open);
    await open.stop();
  };
  const made = await limen(['token', 'create', 'panel', '--role', 'viewer', '--state', state]);
  assert.equal(made.code, 0, made.stderr);
  await journal(async (open) => {
    open.append({ type: 'person.enrolled', person: { gallery: 'default', id: 'ada' }, actor: 'cli' });
  });
  const verify = async () => {
    const { code, stdout, stderr } = await limen(['events', '--verify', '--json', '--state', state]);
    assert.ok(stdout !== '', stderr);
    return { code, ...(JSON.parse(stdout) as { entries: number; head: string; breaks: unknown[] }) };
  };
  const before = await verify();
  assert.deepEqual([before.code, before.entries, before.breaks], [0, 2, []]);
  await journal((open) =>
    open.rewrite({ afterSeq: 0, upToSeq: open.lastSeq, holding: 'cli' }, (event) =>
      event.type === 'token.changed' ? { ...event, actor: 'somebody else' } : event,
    ),
  );
  const after = await verify();
  assert.deepEqual([after.code, after.entries, after.breaks], [1, 2, [{ seq: 1, kind: 'changed' }]]);
  assert.equal(after.head, before.head);
});
