import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { mqttRoom } from '../../src/app/mqtt-room.ts';
import { parseConfig } from '../../src/config/config.ts';
import { MemoryJournal } from '../../src/drivers/store/memory-journal.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { Health } from '../../src/runtime/health.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { connected, Observer } from '../drivers/broker/observer.ts';
import { scratch } from '../fixtures/scratch.ts';

function room(yaml: string) {
  const parsed = parseConfig(`device: box\n${yaml}`, { hostname: 'box' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const clock = new SystemClock();
  const journal = new MemoryJournal({ device: 'box', clock });
  const parts = { stateDir: scratch(), journal, clock, log: silentLog, health: new Health() };
  return { journal, ...mqttRoom(parsed.config, parts) };
}

test('the embedded broker never starts when a URL is configured', () => {
  const { embedded, components } = room("mqtt: { url: 'mqtt://127.0.0.1:1' }");
  assert.equal(embedded, undefined);
  assert.ok(!components.some(({ name }) => name === 'embedded-broker'));
  const own = room('mqtt: { embeddedPort: 0 }');
  assert.equal(own.components[0], own.embedded);
});

test('at the embedded broker the daemon publishes, other programs only ask', async (t) => {
  const { embedded, broker, journal, components } = room('mqtt: { embeddedPort: 0 }');
  for (const component of components) await component.start(new AbortController().signal);
  t.after(async () => {
    for (const component of [...components].reverse()) await component.stop();
  });
  await connected(broker);
  const observer = await Observer.connect(embedded?.url as string, 'limen/#');
  const forger = await connectAsync(embedded?.url as string, { reconnectPeriod: 0 });
  const gone = new Promise<void>((resolve) => forger.on('close', resolve));
  forger.publish('limen/box/front/event', '{"type":"access.granted"}', { qos: 1 });
  await gone;
  journal.append({ type: 'access.denied', door: 'front' });
  await observer.message(({ text }) => text.includes('access.denied'));
  assert.ok(!observer.seen.some(({ text }) => text.includes('access.granted')));
  await observer.publish('limen/box/front/request/health', '{"transaction":"1"}');
  await observer.close();
  await forger.endAsync(true);
});
