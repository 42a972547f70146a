import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventPayload } from '../../../src/api/mqtt/event-payload.ts';
import { FacesFeed } from '../../../src/api/mqtt/faces.ts';
import { RetainedTopics } from '../../../src/api/mqtt/retained-topics.ts';
import { DoorState, lastWill } from '../../../src/api/mqtt/state.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import type { LimenEvent } from '../../../src/core/events.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { ScriptedBroker, settled } from './scripted-broker.ts';

const topics = new Topics({ prefix: 'limen', device: 'box' });

test('an event is published with the members of the contract and no others', () => {
  const event: LimenEvent = {
    id: 'boot-7',
    seq: 7,
    bootId: 'boot',
    type: 'access.granted',
    at: '2026-01-05T08:00:00.000Z',
    clockSynced: true,
    device: 'box',
    door: 'front',
    person: { gallery: 'default', id: 'ada', name: 'Ada Lovelace' } as LimenEvent['person'] & object,
    track: 3,
    score: 0.71,
    margin: Number.NaN,
    distanceM: 1.2,
    distanceErrorM: 0.1,
    liveness: 'live',
    relay: 'pulsed',
    latencyMs: 84,
    expiresAt: '2026-01-05T08:00:05.000Z',
    atS: 4.2,
    actor: 'http:127.0.0.1',
  };
  assert.deepEqual(JSON.parse(eventPayload(event)), {
    id: 'boot-7',
    seq: 7,
    bootId: 'boot',
    type: 'access.granted',
    at: '2026-01-05T08:00:00.000Z',
    clockSynced: true,
    device: 'box',
    door: 'front',
    person: { gallery: 'default', id: 'ada' },
    score: 0.71,
    distanceM: 1.2,
    distanceErrorM: 0.1,
    liveness: 'live',
    relay: 'pulsed',
    latencyMs: 84,
    expiresAt: '2026-01-05T08:00:05.000Z',
  });
});

test('topics have one level for the device and one for the door, and refuse what would make more', () => {
  assert.equal(topics.availability, 'limen/box/availability');
  assert.equal(topics.state('front'), 'limen/box/front/state');
  assert.equal(topics.event('front'), 'limen/box/front/event');
  assert.equal(topics.event(undefined), 'limen/box/event');
  assert.equal(topics.event('gone/astray'), 'limen/box/event');
  assert.equal(new Topics({ prefix: 'site/limen', device: 'b' }).availability, 'site/limen/b/availability');
  assert.deepEqual(lastWill(topics), { topic: 'limen/box/availability', payload: 'offline' });
  for (const bad of ['', 'a/b', '+', '#', 'a+', 'x#', '$SYS', 'a\u0000', 'x'.repeat(65)]) {
    assert.throws(() => topics.state(bad), { code: 'config_invalid' }, JSON.stringify(bad));
    assert.throws(() => new Topics({ prefix: 'limen', device: bad }), { code: 'config_invalid' });
    assert.throws(() => new Topics({ prefix: `limen/${bad}/`, device: 'box' }), { code: 'config_invalid' });
  }
});

function retainedSetUp() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker();
  broker.automatic = true;
  const troubles: unknown[] = [];
  const retained = new RetainedTopics({
    broker,
    clock,
    onTrouble: (error) => error && troubles.push(error.code),
  });
  retained.start();
  return { clock, broker, retained, troubles };
}

test('a retained topic shows the newest value, is not repeated, and is published anew on every connection', async () => {
  const { broker, retained } = retainedSetUp();
  retained.set('t', '1');
  retained.set('t', '2');
  broker.connect();
  await settled();
  retained.set('t', '2');
  await settled();
  broker.lose();
  retained.set('t', '3');
  broker.connect();
  await settled();
  assert.deepEqual(
    broker.published.map(({ topic, text, qos, retain }) => ({ topic, text, qos, retain })),
    ['2', '3'].map((text) => ({ topic: 't', text, qos: 1, retain: true })),
  );
  retained.stop();
});

test('a refused retained topic is told and tried again by time, with the value of then', async () => {
  const { clock, broker, retained, troubles } = retainedSetUp();
  broker.automatic = false;
  broker.connect();
  retained.set('t', '1');
  broker.published[0]?.refuse();
  await settled();
  assert.deepEqual(troubles, ['broker_refused']);
  retained.set('u', 'x');
  retained.set('t', '2');
  broker.automatic = true;
  clock.advance(30_000);
  await settled();
  assert.equal(broker.published.findLast(({ topic }) => topic === 't')?.text, '2');
  retained.stop();
});

test('door, relay and camera are told at once, the scene once a second, newest values', async () => {
  const { clock, broker, retained } = retainedSetUp();
  broker.connect();
  const door = new DoorState('front', { topics, retained, clock });
  door.report({ camera: 'ok' });
  await settled();
  assert.equal(broker.published.length, 0, 'no state without a door');
  door.report({ door: 'locked', relay: 'off' });
  await settled();
  door.report({ facesInView: 1, lastDistanceM: 2.3456 });
  door.report({ facesInView: 2, lastDistanceM: 1.1111 });
  await settled();
  assert.equal(broker.published.length, 1);
  clock.advance(1_000);
  await settled();
  door.report({ door: 'unlocked', relay: 'on' });
  await settled();
  door.report({ door: 'unlocked', relay: 'on' });
  clock.advance(5_000);
  await settled();
  assert.deepEqual(
    broker.published.map(({ text }) => JSON.parse(text)),
    [
      { door: 'locked', relay: 'off', camera: 'ok' },
      { door: 'locked', relay: 'off', camera: 'ok', facesInView: 2, lastDistanceM: 1.11 },
      { door: 'unlocked', relay: 'on', camera: 'ok', facesInView: 2, lastDistanceM: 1.11 },
    ],
  );
  door.stop();
  retained.stop();
});

test('faces: newest view at the given rate, an empty view once, nothing kept while disconnected', async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker();
  broker.automatic = true;
  const feed = new FacesFeed('front', { topics, broker, clock, facesHz: 2 });
  const box = { x: 1.4, y: 2.6, width: 100.2, height: 120 };
  feed.show([{ trackId: 1, box }]);
  broker.connect();
  clock.advance(500);
  await settled();
  assert.equal(broker.published.length, 0);
  for (let frame = 0; frame < 30; frame++) {
    feed.show([
      { trackId: frame, box, distanceM: 1.23456, person: { gallery: 'default', id: 'ada' }, score: 0.5 },
    ]);
    clock.advance(100);
    await settled();
  }
  assert.deepEqual(
    broker.published.map(({ text }) => JSON.parse(text).tracks[0].track),
    [0, 4, 9, 14, 19, 24, 29],
  );
  assert.deepEqual(JSON.parse(broker.published[0]?.text ?? '').tracks[0], {
    track: 0,
    box: { x: 1, y: 3, width: 100, height: 120 },
    distanceM: 1.23,
    person: { gallery: 'default', id: 'ada' },
    score: 0.5,
  });
  for (const { qos, retain } of broker.published)
    assert.deepEqual({ qos, retain }, { qos: 0, retain: false });
  const before = broker.published.length;
  feed.show([]);
  clock.advance(500);
  feed.show([]);
  clock.advance(500);
  await settled();
  assert.deepEqual(
    broker.published.slice(before).map(({ text }) => text),
    ['{"tracks":[]}'],
  );
  feed.stop();
});
