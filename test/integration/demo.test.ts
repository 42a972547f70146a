import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import { scratch } from '../fixtures/scratch.ts';
import { limen, ndjson } from './limen.ts';

test('the demo recognises, denies, opens and tells, with the real models, and ends by itself', async () => {
  const state = scratch();
  const { code, stdout, stderr } = await limen(['demo', '--json', '--state', state]);
  assert.equal(code, 0, `${stderr}${stdout}`);
  const lines = ndjson<LimenEvent & { summary?: Record<string, unknown> }>(stdout);
  const { summary } = lines.at(-1) ?? {};
  const events = lines.slice(0, -1);
  const of = (type: string) => events.filter((event) => event.type === type);

  assert.ok(
    of('access.denied').some((event) => event.reason === 'unknown_face' && event.person === undefined),
  );
  const grant = of('access.granted')[0];
  assert.deepEqual(grant?.person, { gallery: 'default', id: 'resident' });
  assert.equal(grant?.relay, 'pulsed');
  for (const figure of ['score', 'margin', 'distanceM', 'distanceErrorM', 'latencyMs'] as const) {
    assert.equal(typeof grant?.[figure], 'number', figure);
  }
  assert.equal(of('access.granted').length, 1, 'one grant for one visit');
  assert.deepEqual(
    events.map((event) => event.seq),
    events.map((_, i) => (events[0]?.seq ?? 0) + i),
    'seq without gaps',
  );
  assert.deepEqual(
    { ok: summary?.ok, granted: summary?.granted, received: summary?.received },
    { ok: true, granted: 1, received: events.length },
  );
});
