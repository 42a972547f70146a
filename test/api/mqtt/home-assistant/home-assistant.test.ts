import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcement } from '../../../../src/api/mqtt/home-assistant/discovery.ts';
import {
  type AnnouncedDocument,
  HomeAssistant,
} from '../../../../src/api/mqtt/home-assistant/home-assistant.ts';
import { Topics } from '../../../../src/api/mqtt/topics.ts';
import type { BrokerMessage } from '../../../../src/core/ports/broker.ts';
import { MemoryDocument } from '../../../../src/drivers/store/memory-document.ts';
import { ManualClock } from '../../../../src/runtime/clock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { ScriptedBroker, settled } from '../scripted-broker.ts';

const { signal } = new AbortController();
const TOPIC = 'homeassistant/device/limen-box/config';

class Birth extends ScriptedBroker {
  readonly filters = new Map<string, (message: BrokerMessage) => void>();

  override subscribe(filter?: string, handler?: (message: BrokerMessage) => void): () => void {
    if (filter !== undefined && handler !== undefined) this.filters.set(filter, handler);
    return () => {};
  }

  say(text: string): void {
    this.filters.get('homeassistant/status')?.({
      topic: 'homeassistant/status',
      payload: Buffer.from(text),
      retain: false,
    });
  }
}

const emptyDocument = () => new MemoryDocument<AnnouncedDocument>({ topics: [], entities: {} });

/** One run of the daemon with these doors, or with discovery switched off. */
async function run(
  document: MemoryDocument<AnnouncedDocument>,
  doors: readonly string[] | 'off',
  device = 'box',
) {
  const broker = new Birth();
  broker.automatic = true;
  const clock = new ManualClock();
  const topics = new Topics({ prefix: 'limen', device });
  const wanted =
    doors === 'off'
      ? undefined
      : announcement({
          device,
          doors: doors.map((id) => ({ id, contact: false })),
          topics,
          lock: false,
          version: '1',
        });
  const component = new HomeAssistant(wanted, { broker, document, clock, log: silentLog });
  await component.start(signal);
  broker.connect();
  await settled();
  await settled();
  const messages = () => broker.published.map(({ topic, text, retain }) => ({ topic, text, retain }));
  return { broker, clock, component, messages };
}

const components = (text: string) =>
  JSON.parse(text).components as Record<string, Record<string, unknown> | undefined>;

test('published retained on every connection and when Home Assistant has started, not on anything else', async () => {
  const { broker, component, messages } = await run(emptyDocument(), ['front']);
  assert.deepEqual(
    messages().map(({ topic, retain }) => ({ topic, retain })),
    [{ topic: TOPIC, retain: true }],
  );
  broker.say('offline');
  broker.say('on');
  await settled();
  assert.equal(messages().length, 1);
  broker.say('online');
  await settled();
  assert.equal(messages().length, 2);
  broker.lose();
  broker.connect();
  await settled();
  assert.equal(messages().length, 3);
  assert.equal(messages()[2]?.text, messages()[0]?.text);
  await component.stop();
  broker.say('online');
  await settled();
  assert.equal(messages().length, 3);
});

test('a door that was renamed takes its entities with it, after a restart', async () => {
  const document = emptyDocument();
  const first = await run(document, ['front', 'yard']);
  await first.component.stop();
  const second = await run(document, ['front', 'gate']);
  const shown = components(second.messages()[0]?.text ?? '');
  assert.deepEqual(shown.yard_distance, { platform: 'sensor' });
  assert.deepEqual(shown.yard_event, { platform: 'event' });
  assert.equal(shown.gate_distance?.unique_id, 'limen-box-gate_distance');
  await second.component.stop();
  // and back again
  const third = await run(document, ['front', 'yard']);
  const again = components(third.messages()[0]?.text ?? '');
  assert.equal(again.yard_distance?.unique_id, 'limen-box-yard_distance');
  assert.deepEqual(again.gate_distance, { platform: 'sensor' });
});

test('switched off, or under another device name: the old message is removed, also when that takes a restart', async () => {
  const document = emptyDocument();
  const first = await run(document, ['front']);
  await first.component.stop();
  const off = await run(document, 'off');
  assert.deepEqual(off.messages(), [{ topic: TOPIC, text: '', retain: true }]);
  assert.deepEqual(document.value, { topics: [], entities: {} });
  const stillOff = await run(document, 'off');
  assert.deepEqual(stillOff.messages(), []);

  await run(document, ['front']);
  const renamed = await run(document, ['front'], 'porch');
  assert.deepEqual(
    renamed.messages().map(({ topic, text }) => [topic, text === '']),
    [
      [TOPIC, true],
      ['homeassistant/device/limen-porch/config', false],
    ],
  );
});

test('a removal that the broker did not acknowledge is made up for by the next connection or run', async () => {
  const document = emptyDocument();
  await run(document, ['front']);
  const off = await run(document, 'off');
  assert.equal(off.messages().length, 1);
  const kept = new MemoryDocument<AnnouncedDocument>({ topics: [TOPIC], entities: { front_event: 'event' } });
  const broker = new Birth();
  const component = new HomeAssistant(undefined, {
    broker,
    document: kept,
    clock: new ManualClock(),
    log: silentLog,
  });
  await component.start(signal);
  broker.connect();
  await settled();
  broker.lose();
  await settled();
  assert.deepEqual(kept.value.topics, [TOPIC]);
  broker.automatic = true;
  broker.connect();
  await settled();
  await settled();
  assert.deepEqual(kept.value.topics, []);
  await component.stop();
});

test('a broker that refuses is asked again by time', async () => {
  const broker = new Birth();
  const clock = new ManualClock();
  const wanted = announcement({
    device: 'box',
    doors: [],
    topics: new Topics({ prefix: 'limen', device: 'box' }),
    lock: false,
    version: '1',
  });
  const component = new HomeAssistant(wanted, { broker, document: emptyDocument(), clock, log: silentLog });
  await component.start(signal);
  broker.connect();
  await settled();
  broker.published[0]?.refuse();
  await settled();
  assert.equal(broker.published.length, 1);
  clock.advance(2_000);
  await settled();
  assert.equal(broker.published.length, 2);
  broker.published[1]?.acknowledge();
  await component.stop();
});
