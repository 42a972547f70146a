import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { after, before, suite, type TestContext, test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import type { RgbImage } from '../../src/core/image.ts';
import { type HumanPack, openHumanPack, PHOTOGRAPH, packageFaces, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { commonConfig, RunningHouse, Scene } from './house.ts';

const RESIDENT = { gallery: 'default', id: 'resident' };
const FACES = '/v1/people/default/resident/faces';

const granted = ({ type }: LimenEvent) => type === 'access.granted';
const deniedFor = (reason: string) => (event: LimenEvent) =>
  event.type === 'access.denied' && event.reason === reason;

suite('the whole house, in one process, with real faces and the real networks', () => {
  let pack: HumanPack;
  let empty: RgbImage;
  /** The same man at either side of the picture: too far apart to be one visit. */
  let onTheLeft: RgbImage;
  let onTheRight: RgbImage;
  let stranger: RgbImage;

  before(async () => {
    pack = await openHumanPack();
    const { resident, strangers } = await packageFaces(pack);
    empty = await room();
    onTheLeft = await room({ image: resident[0], heightPx: 200, x: 110 });
    onTheRight = await room({ image: resident[0], heightPx: 200, x: 530 });
    stranger = await room({ image: strangers[0], heightPx: 200, x: 110 });
  });
  after(() => pack?.close());

  function oneDoor(scene: Scene): string[] {
    return [
      ...commonConfig(pack.modelsDir),
      `camera: '${scene.uri}'`,
      "door: { relay: 'memory:', holdMs: 200 }",
      'mqtt: { embeddedPort: 0 }',
    ];
  }

  async function watching(t: TestContext, picture: RgbImage) {
    const scene = await Scene.open(scratch(), 'camera', picture);
    return { scene, running: await RunningHouse.start(t, oneDoor(scene)) };
  }

  test('enrolled over HTTP while it runs: let in; removed over HTTP: not any more', async (t) => {
    const { scene, running } = await watching(t, onTheLeft);
    const listener = await running.listener(t);
    const heardFrom = running.lastSeq;
    const relay = running.relay();

    await running.event(deniedFor('unknown_face'), heardFrom);
    assert.equal(relay.intervals.length, 0);

    assert.equal((await running.http('POST', FACES, PHOTOGRAPH)).status, 201);
    const grant = await running.event(granted);
    assert.deepEqual(grant.person, RESIDENT);
    assert.equal(grant.relay, 'pulsed');
    const locked = await running.event(({ type }) => type === 'door.locked');
    assert.equal(relay.intervals.length, 1);
    assert.notEqual(relay.intervals[0]?.offMs, undefined);

    const before = running.lastSeq;
    assert.equal((await running.http('DELETE', '/v1/people/default/resident')).status, 204);
    const removed = await running.event(({ type }) => type === 'person.removed', before);
    await scene.show(onTheRight);
    const denied = await running.event(
      (event) => deniedFor('unknown_face')(event) && event.track !== grant.track,
      removed.seq,
    );
    assert.equal(denied.person, undefined);
    assert.deepEqual(
      running.events.filter(({ seq, person }) => seq > removed.seq && person !== undefined),
      [],
    );
    assert.equal(relay.intervals.length, 1);
    assert.equal((await running.http('GET', '/v1/people/default/resident')).status, 404);

    await listener.message(({ topic, text }) => topic.endsWith('/event') && text.includes(denied.id));
    const heard = listener.seen
      .filter(({ topic }) => topic.endsWith('/event'))
      .map(({ text }) => JSON.parse(text) as LimenEvent);
    const ids = (events: readonly LimenEvent[]) =>
      events.filter(({ seq }) => seq > heardFrom && seq <= denied.seq).map(({ id }) => id);
    assert.deepEqual(ids(heard), ids(running.events));
    for (const event of [grant, locked, removed]) assert.ok(ids(heard).includes(event.id), event.type);
  });

  test('a camera that vanishes is told, everything else serves, and it comes back by itself', async (t) => {
    const { scene, running } = await watching(t, empty);
    const listener = await running.listener(t);
    const state = (camera: string) =>
      listener.message(({ topic, text }) => topic === 'limen/test/front/state' && text.includes(camera));
    await state('"camera":"ok"');
    const cameraHealth = async () => {
      const { status, body } = await running.http('GET', '/v1/health');
      assert.equal(status, 200);
      const { components, status: whole } = body as {
        status: string;
        components: Record<string, { status: string }>;
      };
      return [whole, components['camera front']?.status];
    };
    assert.deepEqual(await cameraHealth(), ['ok', 'ok']);

    await rename(scene.folder, `${scene.folder}-away`);
    const lost = await running.event(({ type }) => type === 'camera.lost');
    assert.equal(lost.door, 'front');
    assert.deepEqual(await cameraHealth(), ['degraded', 'degraded']);
    assert.equal((await running.http('GET', '/v1/ready')).status, 200);
    await state('"camera":"lost"');
    assert.equal((await running.http('POST', FACES, PHOTOGRAPH)).status, 201);

    await rename(`${scene.folder}-away`, scene.folder);
    await scene.show(onTheLeft);
    const recovered = await running.event(({ type }) => type === 'camera.recovered');
    const grant = await running.event(granted);
    assert.ok(lost.seq < recovered.seq && recovered.seq < grant.seq);
    assert.deepEqual(grant.person, RESIDENT);
    assert.deepEqual(await cameraHealth(), ['ok', 'ok']);
    assert.equal(running.events.filter(({ type }) => type === 'camera.lost').length, 1);
  });

  test('networks that fail underneath: the door stays shut and says why', async (t) => {
    const { scene, running } = await watching(t, empty);
    assert.equal((await running.http('POST', FACES, PHOTOGRAPH)).status, 201);
    await running.house.recognition.stop();
    await scene.show(onTheLeft);
    await running.event(deniedFor('model_unavailable'));
    assert.deepEqual(running.relay().intervals, []);
    const { body } = await running.http('GET', '/v1/health');
    const health = body as { status: string; components: Record<string, { status: string }> };
    assert.deepEqual([health.status, health.components.recognition?.status], ['failed', 'failed']);
    const asked = await running.http('POST', '/v1/identify', PHOTOGRAPH);
    assert.ok(asked.status >= 500, `${asked.status}`);
    assert.equal((asked.body as { code?: string }).code, 'inference_failed');
    assert.equal((await running.http('GET', '/v1/people/default/resident')).status, 200);
  });

  test('people who cannot be read: the face is known, the door stays shut and says why', async (t) => {
    const { scene, running } = await watching(t, empty);
    assert.equal((await running.http('POST', FACES, PHOTOGRAPH)).status, 201);
    await running.house.people.stop();
    await scene.show(onTheLeft);
    await running.event(deniedFor('store_fault'));
    assert.deepEqual(running.relay().intervals, []);
    assert.ok(!running.events.some(granted));
  });

  test('two doors: each with its own camera, policy, relay, events and state', async (t) => {
    const directory = scratch();
    const front = await Scene.open(directory, 'front', empty);
    const yard = await Scene.open(directory, 'yard', stranger);
    const running = await RunningHouse.start(t, [
      ...commonConfig(pack.modelsDir),
      'mqtt: { embeddedPort: 0 }',
      'doors:',
      `  - { id: front, camera: '${front.uri}', relay: 'memory:', holdMs: 200 }`,
      `  - { id: yard, camera: '${yard.uri}', relay: 'memory:', holdMs: 200, access: { galleries: [staff] } }`,
    ]);
    const listener = await running.listener(t);
    assert.equal((await running.http('POST', FACES, PHOTOGRAPH)).status, 201);
    await running.event((event) => event.door === 'yard' && deniedFor('unknown_face')(event));
    await front.show(onTheLeft);
    const grant = await running.event(granted);
    assert.equal(grant.door, 'front');
    await yard.show(onTheRight);
    const refused = await running.event(deniedFor('gallery_not_allowed'));
    assert.deepEqual([refused.door, refused.person], ['yard', RESIDENT]);
    await running.event(({ type }) => type === 'door.locked');
    assert.deepEqual(
      [running.relay('front').intervals.length, running.relay('yard').intervals.length],
      [1, 0],
    );
    assert.ok(!running.events.some((event) => event.door === 'yard' && granted(event)));

    const heard = (topic: string, text: string) =>
      listener.message((seen) => seen.topic === `limen/test/${topic}` && seen.text.includes(text));
    await Promise.all([
      heard('front/event', grant.id),
      heard('yard/event', refused.id),
      heard('front/state', '"door":"unlocked"'),
      heard('yard/state', '"door":"locked"'),
    ]);
    const { seen } = listener;
    assert.ok(!seen.some(({ topic, text }) => topic.includes('/yard/') && text.includes('"unlocked"')));
    for (const { topic, text } of seen.filter((each) => each.topic.endsWith('/event'))) {
      const { door } = JSON.parse(text) as LimenEvent;
      assert.equal(topic, door === undefined ? 'limen/test/event' : `limen/test/${door}/event`);
    }
  });
});
