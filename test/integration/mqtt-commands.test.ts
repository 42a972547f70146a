import assert from 'node:assert/strict';
import { after, before, suite, type TestContext, test } from 'node:test';
import { COMMAND_TEMPLATE } from '../../src/api/mqtt/home-assistant/templates.ts';
import { renderCommand } from '../api/mqtt/home-assistant/jinja.ts';
import { Asker, nonce } from '../api/mqtt/requests/asker.ts';
import { type HumanPack, openHumanPack, PHOTOGRAPH, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { commonConfig, RunningHouse, Scene } from './house.ts';

suite('the whole house, asked over MQTT', () => {
  let pack: HumanPack;
  let scene: Scene;
  before(async () => {
    pack = await openHumanPack();
  });
  after(() => pack?.close());

  async function yaml(mqtt: string): Promise<string[]> {
    scene = await Scene.open(scratch(), 'camera', await room());
    return [
      ...commonConfig(pack.modelsDir),
      `camera: '${scene.uri}'`,
      "door: { relay: 'memory:', holdMs: 200 }",
      `mqtt: { embeddedPort: 0, ${mqtt} }`,
    ];
  }

  async function askerAt(t: TestContext, running: RunningHouse): Promise<Asker> {
    const asker = await Asker.connect(running.house.mqtt.embedded?.url ?? '', '3.1.1', 'limen/test/front');
    t.after(() => asker.close());
    await asker.reach();
    return asker;
  }

  const soon = () => new Date(Date.now() + 25_000).toISOString();

  test('unlock, enrolment and identification by a trusted broker; the same command after a restart does nothing', async (t) => {
    const config = await yaml('trustBroker: true, verbs: [unlock, lock, enroll]');
    const first = await RunningHouse.start(t, config);
    const asker = await askerAt(t, first);
    const command = { nonce: nonce(), expiresAt: soon() };
    const unlocked = await asker.ask('unlock', command);
    assert.deepEqual(unlocked.data, { door: 'front', relay: 'pulsed', holdMs: 200 });
    const event = await first.event(({ type }) => type === 'door.unlocked');
    assert.equal(event.actor, 'mqtt');
    assert.equal(first.relay().intervals.length, 1);

    const image = Buffer.from(PHOTOGRAPH).toString('base64');
    const enrolled = await asker.ask('enroll', { id: 'resident', image, nonce: nonce(), expiresAt: soon() });
    assert.equal(enrolled.status, 'ok', JSON.stringify(enrolled));
    const known = await asker.ask('identify', { image });
    assert.deepEqual(known.data?.person, { gallery: 'default', id: 'resident' });

    const pressed = renderCommand(COMMAND_TEMPLATE, { value: 'lock' }, new Date());
    await asker.send('unlock', pressed);
    const locked = await asker.answer(({ transaction }) => pressed.includes(`"${transaction}"`));
    assert.deepEqual(locked.data, { door: 'front', locked: true });

    await first.house.lifecycle.stop();
    const second = await RunningHouse.start(t, config, first);
    const again = await (await askerAt(t, second)).ask('unlock', command);
    assert.equal(again.error?.code, 'request_stale');
    assert.equal(second.relay().intervals.length, 0);
  });

  test('announced to Home Assistant at once, with a lock only when it may unlock', async (t) => {
    for (const [mqtt, lock] of [
      ['verbs: [unlock]', true],
      ['verbs: []', false],
    ] as const) {
      const running = await RunningHouse.start(t, await yaml(mqtt));
      const listener = await running.listener(t);
      const { text } = await listener.message(
        ({ topic }) => topic === 'homeassistant/device/limen-test/config',
      );
      const { components } = JSON.parse(text) as { components: Record<string, unknown> };
      assert.equal('front_lock' in components, lock);
      assert.ok('front_event' in components);
      // without a token or a trusted broker nobody may, whatever is announced
      const refused = await Asker.connect(
        running.house.mqtt.embedded?.url ?? '',
        '3.1.1',
        'limen/test/front',
      );
      t.after(() => refused.close());
      await refused.reach();
      const answer = await refused.ask('unlock', { nonce: nonce(), expiresAt: soon() });
      assert.equal(answer.error?.code, 'unauthorised');
      assert.equal(running.relay().intervals.length, 0);
    }
  });
});
