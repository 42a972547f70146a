import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeBound } from '../../../src/app/event-log/time-bound.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const since = (text: string) => timeBound('since', text, NOW).toISOString();
const until = (text: string) => timeBound('until', text, NOW).toISOString();

test('durations back from now, days in UTC, instants with their offset', () => {
  assert.equal(since('90m'), '2026-11-21T10:30:00.000Z');
  assert.equal(since('2d'), '2026-11-19T12:00:00.000Z');
  assert.equal(since('1w'), '2026-11-14T12:00:00.000Z');
  assert.equal(since('2026-11-01'), '2026-11-01T00:00:00.000Z');
  assert.equal(until('2026-11-01'), '2026-11-02T00:00:00.000Z');
  assert.equal(until('2026-11-01T08:00+01:00'), '2026-11-01T07:00:00.000Z');
});

test('anything else is no time', () => {
  for (const text of ['', 'yesterday', '2026-02-30', '2026-13-01', '1x', '-1h', '2026-11-01T08:00', '5']) {
    assert.throws(() => since(text), { code: 'usage' }, text);
  }
});
