import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { journalDirectory, journalRoom } from '../../src/app/journal-room.ts';
import { ManualClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';

const HOUR_MS = 3_600_000;
const MB = 2 ** 20;

test('what the configuration keeps of the journal holds for whoever opens it, verbs included', async () => {
  const stateDir = scratch();
  const kept = async (maxBytes: number) => {
    const clock = new ManualClock();
    const config = { device: 'test', journal: { keepDays: 90, maxBytes } };
    const journal = journalRoom(config, { stateDir, clock, log: silentLog });
    await journal.start();
    for (let i = 0; i < 500; i++) {
      journal.append({ type: 'face.unknown', reason: 'x'.repeat(20_000) });
      if (i % 20 === 19) await journal.flush();
    }
    journal.advance('mqtt', journal.lastSeq);
    clock.advance(HOUR_MS);
    await journal.flush();
    await journal.stop();
    const directory = journalDirectory(stateDir);
    return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  };
  assert.ok((await kept(64 * MB)) > 9 * MB);
  assert.ok((await kept(5 * MB)) < 6 * MB);
});
