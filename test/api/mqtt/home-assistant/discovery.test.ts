import assert from 'node:assert/strict';
import { test } from 'node:test';
import Value from 'typebox/value';
import { announcement } from '../../../../src/api/mqtt/home-assistant/discovery.ts';
import { COMMAND_TEMPLATE } from '../../../../src/api/mqtt/home-assistant/templates.ts';
import { REQUEST_SCHEMAS } from '../../../../src/api/mqtt/requests/schemas.ts';
import { Topics } from '../../../../src/api/mqtt/topics.ts';
import { EVENT_TYPES } from '../../../../src/core/events.ts';
import { EmbeddedBroker } from '../../../../src/drivers/broker/embedded-broker.ts';
import { SystemClock } from '../../../../src/runtime/clock.ts';
import { Health } from '../../../../src/runtime/health.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { Asker } from '../requests/asker.ts';
import { connection, EPOCH, makeDesk } from '../requests/request-desk.ts';
import { renderCommand, renderWithJinja, withoutJinja } from './jinja.ts';

const topics = new Topics({ prefix: 'limen', device: 'box' });
const options = {
  device: 'box',
  doors: [
    { id: 'front', contact: true },
    { id: 'yard', contact: false },
  ],
  topics,
  lock: true,
  version: '1.2.3',
};

/**
 * Home Assistant's documented keys, as far as they concern the platforms used: for each those that are required and
 * those that may be there besides the common ones. A key outside is dropped by it without a word.
 */
const COMMON = [
  'platform',
  'name',
  'unique_id',
  'device_class',
  'entity_category',
  'enabled_by_default',
  'icon',
  'qos',
  'availability_topic',
  'json_attributes_topic',
  'json_attributes_template',
];
const PLATFORMS: Record<string, { required: string[]; optional: string[]; deviceClasses: string[] }> = {
  event: {
    required: ['state_topic', 'event_types'],
    optional: ['value_template'],
    deviceClasses: ['button', 'doorbell', 'motion'],
  },
  binary_sensor: {
    required: ['state_topic'],
    optional: ['value_template', 'payload_on', 'payload_off', 'expire_after', 'force_update', 'off_delay'],
    deviceClasses: ['door', 'lock', 'occupancy', 'problem', 'tamper'],
  },
  sensor: {
    required: ['state_topic'],
    optional: [
      'value_template',
      'state_class',
      'unit_of_measurement',
      'suggested_display_precision',
      'expire_after',
      'force_update',
    ],
    deviceClasses: ['distance'],
  },
  lock: {
    required: ['command_topic'],
    optional: [
      'command_template',
      'state_topic',
      'value_template',
      'payload_lock',
      'payload_unlock',
      'payload_open',
      'payload_reset',
      'state_locked',
      'state_unlocked',
      'state_locking',
      'state_unlocking',
      'state_jammed',
      'optimistic',
      'retain',
      'code_format',
    ],
    deviceClasses: [],
  },
};
const DEVICE = [
  'identifiers',
  'connections',
  'name',
  'manufacturer',
  'model',
  'model_id',
  'sw_version',
  'hw_version',
  'serial_number',
  'suggested_area',
  'configuration_url',
  'via_device',
];
const ROOT = [
  'device',
  'origin',
  'components',
  'availability',
  'availability_topic',
  'availability_mode',
  'availability_template',
  'payload_available',
  'payload_not_available',
  'state_topic',
  'command_topic',
  'qos',
  'encoding',
];

type Message = Record<string, unknown> & {
  device: Record<string, unknown>;
  origin: Record<string, unknown>;
  components: Record<string, Record<string, unknown>>;
};
const parsed = (text: string) => JSON.parse(text) as Message;

test('one message, with the documented keys of device discovery and of every platform', () => {
  const { topic, message } = announcement(options);
  assert.match(topic, /^homeassistant\/device\/[A-Za-z0-9_-]+\/config$/);
  const root = parsed(message({}));
  const outside = (value: object, keys: readonly string[]) =>
    Object.keys(value).filter((key) => !keys.includes(key));
  assert.deepEqual(outside(root, ROOT), []);
  assert.deepEqual(outside(root.device, DEVICE), []);
  assert.ok((root.device.identifiers as string[]).length > 0);
  assert.deepEqual(outside(root.origin, ['name', 'sw_version', 'support_url']), []);
  assert.equal(typeof root.origin.name, 'string');
  const ids = new Set<unknown>();
  for (const [key, component] of Object.entries(root.components)) {
    const known = PLATFORMS[String(component.platform)];
    assert.ok(known !== undefined, key);
    assert.deepEqual(outside(component, [...COMMON, ...known.required, ...known.optional]), [], key);
    for (const required of [...known.required, 'unique_id'])
      assert.ok(component[required] !== undefined, required);
    if (component.device_class !== undefined) {
      assert.ok(known.deviceClasses.includes(String(component.device_class)), key);
    }
    ids.add(component.unique_id);
  }
  assert.equal(ids.size, Object.keys(root.components).length);
});

test('the entities of the contract for every door; a lock only when unlock is enabled', () => {
  const names = (lock: boolean) =>
    Object.keys(parsed(announcement({ ...options, lock }).message({})).components);
  const sensors = ['event', 'door', 'problem', 'occupancy', 'distance'];
  const of = (what: string[]) => ['front', 'yard'].flatMap((door) => what.map((each) => `${door}_${each}`));
  assert.deepEqual(names(false).sort(), ['daemon_event', ...of(sensors)].sort());
  assert.deepEqual(names(true).sort(), ['daemon_event', ...of([...sensors, 'lock'])].sort());
  const { components } = parsed(announcement(options).message({}));
  assert.equal(components.front_event?.state_topic, 'limen/box/front/event');
  assert.deepEqual(components.front_event?.event_types, [...EVENT_TYPES]);
  assert.equal(components.front_lock?.command_topic, 'limen/box/front/request/unlock');
  assert.equal(components.front_lock?.retain, false);
});

test('names that discovery does not take are told apart all the same', () => {
  const ids = ['a.b', 'a_b', 'a b'].map((device) => announcement({ ...options, device }).topic);
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) assert.match(id, /^homeassistant\/device\/[A-Za-z0-9_-]+\/config$/);
});

test('what the command template renders is accepted by the daemon, once each, for lock and unlock', async () => {
  const { signal } = new AbortController();
  const building = new EmbeddedBroker(
    { port: 0 },
    { clock: new SystemClock(), log: silentLog, health: new Health() },
  );
  await building.start(signal);
  const url = building.url as string;
  const broker = connection(url, '3.1.1');
  const { desk, unlocks, services } = await makeDesk(broker, { verbs: ['unlock', 'lock'] });
  const asker = await Asker.connect(url, '3.1.1');
  await broker.start(signal);
  await asker.reach();
  const renderers = withoutJinja === false ? [renderCommand, renderWithJinja] : [renderCommand];
  try {
    for (const render of renderers) {
      const pressed = async (value: 'lock' | 'unlock') => {
        const payload = render(COMMAND_TEMPLATE, { value }, EPOCH);
        assert.ok(Value.Check(REQUEST_SCHEMAS.unlock, JSON.parse(payload)), payload);
        const { transaction } = JSON.parse(payload) as { transaction: string };
        await asker.send('unlock', payload);
        return asker.answer((answer) => answer.transaction === transaction);
      };
      const before = unlocks();
      assert.deepEqual((await pressed('unlock')).status, 'ok');
      assert.deepEqual((await pressed('lock')).data, { door: 'front', locked: true });
      assert.deepEqual((await pressed('unlock')).status, 'ok');
      assert.equal(unlocks(), before + 2);
      await pressed('lock');
    }
    assert.ok(services.journal.events.every(({ actor }) => actor === undefined || actor === 'mqtt'));
  } finally {
    await desk.stop();
    await broker.stop();
    await asker.close();
    await building.stop();
  }
});

test('Jinja2 reads the states and events as they are meant', { skip: withoutJinja }, () => {
  const { components } = parsed(announcement(options).message({}));
  const shown = (key: string, value_json: unknown) =>
    renderWithJinja(String(components[key]?.value_template), { value_json }, EPOCH).trim();
  const quiet = { door: 'locked', relay: 'off', camera: 'ok', facesInView: 0, lastDistanceM: 1.25 };
  for (const [key, change, expected] of [
    ['front_door', {}, 'OFF'],
    ['front_door', { door: 'held_open' }, 'ON'],
    ['yard_door', { door: 'open' }, 'None'],
    ['front_problem', {}, 'OFF'],
    ['front_problem', { door: 'forced' }, 'ON'],
    ['front_problem', { camera: 'lost' }, 'ON'],
    ['front_problem', { relay: 'fault' }, 'ON'],
    ['front_occupancy', {}, 'OFF'],
    ['front_occupancy', { facesInView: 2 }, 'ON'],
    ['front_occupancy', { camera: 'lost' }, 'None'],
    ['front_distance', {}, '1.25'],
    ['front_distance', { lastDistanceM: null }, 'None'],
    ['front_lock', {}, 'LOCKED'],
    ['front_lock', { relay: 'on' }, 'UNLOCKED'],
    ['front_lock', { relay: 'fault' }, 'JAMMED'],
    ['front_lock', { relay: 'none' }, 'None'],
  ] as const) {
    assert.equal(shown(key, { ...quiet, ...change }), expected, `${key} ${JSON.stringify(change)}`);
  }
  // before anything is known
  assert.equal(shown('front_distance', {}), 'None');
  assert.equal(shown('front_occupancy', {}), 'None');
  const event = { type: 'access.granted', seq: 7, person: { gallery: 'default', id: 'ada' } };
  assert.deepEqual(JSON.parse(shown('front_event', event)), { ...event, event_type: 'access.granted' });
});
