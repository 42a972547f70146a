import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockIsSynced, syncedBy } from '../../src/runtime/time-sync.ts';

test('the kernel decides; where it may not be asked, the mark of timesyncd; in doubt, no', () => {
  assert.equal(syncedBy(0, false), true);
  assert.equal(syncedBy(1, false), true); // a leap second is due
  assert.equal(syncedBy(5, true), false);
  assert.equal(syncedBy(-1, false), false);
  assert.equal(syncedBy(-1, true), true);
  assert.equal(syncedBy(undefined, false), false);
});

test('asking this machine gives an answer, and the same one again', () => {
  const answer = clockIsSynced();
  assert.equal(typeof answer, 'boolean');
  assert.equal(clockIsSynced(), answer);
});
