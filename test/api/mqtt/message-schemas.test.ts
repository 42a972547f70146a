import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Value from 'typebox/value';
import { eventPayload } from '../../../src/api/mqtt/event-payload.ts';
import { FacesFeed } from '../../../src/api/mqtt/faces.ts';
import {
  EventSchema,
  FacesSchema,
  messageSchemas,
  StateSchema,
} from '../../../src/api/mqtt/message-schemas.ts';
import { RetainedTopics } from '../../../src/api/mqtt/retained-topics.ts';
import { DoorState } from '../../../src/api/mqtt/state.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import { EVENT_TYPES, type EventBody } from '../../../src/core/events.ts';
import { MemoryJournal } from '../../../src/drivers/store/memory-journal.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { ScriptedBroker, settled } from './scripted-broker.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/mqtt');
const topics = new Topics({ prefix: 'limen', device: 'box' });

test('the published schemas are those that requests are checked against', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
  const schemas = messageSchemas();
  assert.deepEqual(
    files.sort(),
    Object.keys(schemas)
      .map((name) => `${name}.schema.json`)
      .sort(),
  );
  for (const [name, schema] of Object.entries(schemas)) {
    assert.deepEqual(JSON.parse(readFileSync(join(FOLDER, `${name}.schema.json`), 'utf8')), schema, name);
  }
});

test('every kind of event fits the published schema, whatever it carries', () => {
  const journal = new MemoryJournal({ device: 'box', clock: new ManualClock() });
  const full: Omit<EventBody, 'type'> = {
    door: 'front',
    person: { gallery: 'default', id: 'ada' },
    track: 1,
    score: 0.7,
    margin: 0.2,
    distanceM: 0.8,
    distanceErrorM: 0.1,
    liveness: 'live',
    reason: 'unknown_face',
    relay: 'pulsed',
    latencyMs: 46,
    expiresAt: '2030-01-01T00:00:03.000Z',
    atS: 1,
    actor: 'mqtt',
    token: { id: 'a', name: 'panel' },
  };
  for (const type of EVENT_TYPES) {
    for (const body of [{ type }, { type, ...full }]) {
      const payload: unknown = JSON.parse(eventPayload(journal.append(body)));
      assert.ok(Value.Check(EventSchema, payload), JSON.stringify(Value.Errors(EventSchema, payload)));
    }
  }
});

test('state and faces fit theirs', async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker();
  broker.automatic = true;
  broker.connect();
  const retained = new RetainedTopics({ broker, clock, onTrouble: () => {} });
  retained.start();
  const door = new DoorState('front', { topics, retained, clock });
  door.report({ door: 'locked' });
  await settled();
  door.report({ relay: 'none', camera: 'ok', facesInView: 2, lastDistanceM: null });
  await settled();
  const feed = new FacesFeed('front', { topics, broker, clock, facesHz: 5 });
  const box = { x: 1.2, y: 2, width: 3, height: 4 };
  feed.show([{ trackId: 1, box }]);
  await settled();
  clock.advance(1_000);
  feed.show([{ trackId: 1, box, distanceM: 1.234, person: { gallery: 'default', id: 'ada' }, score: 0.7 }]);
  await settled();
  const published = broker.published.map(({ topic, text }) => ({
    topic,
    value: JSON.parse(text) as unknown,
  }));
  assert.equal(published.length, 4);
  for (const { topic, value } of published) {
    const schema = topic.endsWith('/state') ? StateSchema : FacesSchema;
    assert.ok(Value.Check(schema, value), JSON.stringify(value));
  }
  feed.stop();
  retained.stop();
});
