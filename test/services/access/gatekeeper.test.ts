import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, look } from './evidence-of.ts';
import { lobby, UNKNOWN } from './lobby.ts';

test('a visit: recognised, granted once with every figure, and nothing more while it lasts', async () => {
  const { events, unlocks, show } = lobby();
  await show(100, {});
  assert.deepEqual(unlocks, [400]);
  assert.deepEqual(events, [
    {
      type: 'face.recognized',
      door: 'front',
      track: 1,
      person: { gallery: 'default', id: 'alice' },
      score: 0.7,
      margin: 0.4,
      distanceM: 1,
      distanceErrorM: 0.2,
      liveness: 'live',
    },
    {
      type: 'access.granted',
      door: 'front',
      track: 1,
      person: { gallery: 'default', id: 'alice' },
      score: 0.7,
      margin: 0.4,
      distanceM: 1,
      distanceErrorM: 0.2,
      liveness: 'live',
      relay: 'pulsed',
      latencyMs: 20,
      expiresAt: '2026-06-01T12:00:03.420Z',
    },
  ]);
});

test('a grant stands until its visit ends', async () => {
  const { gatekeeper, show, unlocks } = lobby();
  await show(6, {});
  const [standing] = await gatekeeper.observe({ faces: [look(6)] });
  assert.equal(standing?.decision.kind, 'granted');
  assert.equal(unlocks.length, 1);
});

test('a stranger is said to be unknown once, and denied at most every ten seconds', async () => {
  const { said, show, unlocks, events } = lobby();
  await show(250, UNKNOWN);
  assert.deepEqual(said(), [
    'face.unknown',
    'access.denied unknown_face',
    'access.denied unknown_face',
    'access.denied unknown_face',
  ]);
  assert.equal(events[1]?.person, undefined);
  assert.equal(events[1]?.relay, 'off');
  assert.deepEqual(unlocks, []);
});

test('each reason is said once on the way to a grant', async () => {
  const far = { distance: { distanceM: 2.5, minM: 2, maxM: 3, source: 'ipd' as const } };
  const { said, show } = lobby();
  await show(8, far);
  await show(4, {});
  assert.deepEqual(said(), ['face.recognized', 'access.denied too_far', 'access.granted']);
});

test('who left and comes back after the cooldown is let in again; before it the door says so', async () => {
  const { said, show, gatekeeper, unlocks } = lobby();
  await show(6, {});
  await gatekeeper.observe({ faces: [], endedTracks: [1] });
  await show(10, { trackId: 2 });
  assert.deepEqual(said().slice(2), ['face.recognized', 'access.denied cooldown']);
  await show(60, { trackId: 2 });
  assert.equal(unlocks.length, 2);
  assert.equal(said().at(-1), 'access.granted');
});

test('two people side by side are two visits', async () => {
  const bob = { trackId: 2, match: { person: { gallery: 'default', id: 'bob' }, score: 0.8, margin: 0.5 } };
  const { said, show } = lobby({ people: async (ref) => ({ ...ALICE, ...ref }) });
  await show(8, {}, bob);
  assert.equal(said().filter((event) => event === 'access.granted').length, 2);
});

test('somebody else in the same track is somebody else', async () => {
  const bob = { match: { person: { gallery: 'default', id: 'bob' }, score: 0.8, margin: 0.5 } };
  const { events, show } = lobby({ people: async (ref) => ({ ...ALICE, ...ref }) });
  await show(8, {});
  await show(12, bob);
  const granted = events.filter((event) => event.type === 'access.granted').map((event) => event.person?.id);
  assert.deepEqual(granted, ['alice', 'bob']);
});

test('without a door the decision is published and relay is none', async () => {
  const { events, show } = lobby({ connected: false, real: false, relay: async () => 'none' });
  await show(8, {});
  await show(8, { ...UNKNOWN, trackId: 2 });
  assert.deepEqual(
    events.filter((event) => event.type.startsWith('access')).map((event) => event.relay),
    ['none', 'none'],
  );
});

test('a pack without liveness leaves a real relay unarmed; off opens and every event says so', async () => {
  const unarmed = lobby({ policy: { liveness: 'none' } });
  await unarmed.show(20, {});
  assert.deepEqual(unarmed.said(), ['face.recognized', 'access.denied liveness_unavailable']);
  assert.deepEqual(unarmed.unlocks, []);
  const off = lobby({ policy: { liveness: 'off' } });
  await off.show(20, {});
  assert.deepEqual(off.said(), ['face.recognized', 'access.granted']);
  assert.ok(off.events.every((event) => event.liveness === 'off'));
});

test('a replay is an alarm, not a recognised face', async () => {
  const { said, show, unlocks } = lobby();
  await show(20, { liveness: 0.1 });
  assert.deepEqual(said(), ['spoof.suspected', 'access.denied spoof_suspected']);
  assert.deepEqual(unlocks, []);
});

test('the alarm says when most looks saw the face in a frame', async () => {
  const sheet = lobby();
  await sheet.show(20, { liveness: 0.1, framed: true });
  assert.equal(sheet.events.find(({ type }) => type === 'spoof.suspected')?.reason, 'framed');
  const hatch = lobby();
  await hatch.show(2, { liveness: 0.1, framed: true });
  await hatch.show(18, { liveness: 0.1, framed: false });
  assert.equal(hatch.events.filter(({ type }) => type === 'spoof.suspected').length, 1);
  assert.ok(!('reason' in (hatch.events.find(({ type }) => type === 'spoof.suspected') ?? {})));
});

test('the same person twice in one picture opens nothing, nor for three seconds after', async () => {
  const { said, show, unlocks } = lobby();
  const onPhone = { trackId: 2, liveness: 0.1 };
  await show(8, {}, onPhone);
  await show(29, { trackId: 3 });
  assert.deepEqual(unlocks, []);
  assert.ok(!said().includes('face.recognized'));
  assert.equal(said().filter((event) => event === 'spoof.suspected').length, 3);
  await show(3, { trackId: 3 });
  assert.equal(unlocks.length, 1);
});

test('a picture that was compared in other frames than the face beside it still counts', async () => {
  const { show, unlocks } = lobby();
  const { match: _, ...uncompared } = look(0, { trackId: 2 });
  await show(1, { trackId: 1 }, { trackId: 2, liveness: 0.1 });
  for (let i = 0; i < 6; i++) await show(1, {}, { ...uncompared, match: undefined } as never);
  assert.deepEqual(unlocks, []);
});

test('a relay that fails denies, is not hammered, and is asked again', async () => {
  let broken = true;
  const { said, events, show, unlocks } = lobby({ relay: async () => (broken ? 'fault' : 'pulsed') });
  await show(15, {});
  assert.deepEqual(said(), ['face.recognized', 'access.denied relay_fault']);
  assert.equal(events[1]?.relay, 'fault');
  assert.equal(unlocks.length, 1);
  broken = false;
  await show(15, {});
  assert.equal(unlocks.length, 2);
  assert.equal(said().at(-1), 'access.granted');
});

test('a door that throws, or refuses, is a denial', async () => {
  const throwing = lobby({ relay: () => Promise.reject(new Error('no')) });
  await throwing.show(8, {});
  assert.equal(throwing.said().at(-1), 'access.denied relay_fault');
  const refusing = lobby({ relay: async () => 'off' });
  await refusing.show(8, {});
  assert.equal(refusing.said().at(-1), 'access.denied internal_fault');
});

test('a store that fails, or forgets the person, denies', async () => {
  const failing = lobby({ people: () => Promise.reject(new Error('EIO')) });
  await failing.show(8, {});
  assert.deepEqual(failing.said(), ['access.denied store_fault']);
  const forgetful = lobby({ people: async () => undefined });
  await forgetful.show(8, {});
  assert.deepEqual(forgetful.said(), ['face.unknown', 'access.denied unknown_face']);
});

test('an exception in the policy is a denial', async () => {
  const { said, show, unlocks } = lobby({ policy: { galleries: null as unknown as string[] } });
  await show(8, {});
  assert.deepEqual(said(), ['access.denied internal_fault']);
  assert.deepEqual(unlocks, []);
});

test('a journal that fails does not keep the door shut', async () => {
  const { show, unlocks } = lobby({
    append: () => {
      throw new Error('ENOSPC');
    },
  });
  await show(8, {});
  assert.equal(unlocks.length, 1);
});

test('frames that come too late open nothing', async () => {
  const { clock, gatekeeper, said, unlocks } = lobby();
  for (let at = 0; at < 8; at++) {
    clock.advanceTo(at * 100 + 501);
    await gatekeeper.observe({ faces: [look(at)] });
  }
  assert.deepEqual(said(), ['face.recognized', 'access.denied stale_frame']);
  assert.deepEqual(unlocks, []);
});

test('tracks are forgotten when they end, when they are unseen, on reopening, and beyond a number', async () => {
  const { gatekeeper, show, clock } = lobby();
  await show(1, {}, { trackId: 2 });
  await gatekeeper.observe({ faces: [], endedTracks: [1] });
  assert.equal(gatekeeper.visits, 1);
  clock.advance(10_000);
  await gatekeeper.observe({ faces: [] });
  assert.equal(gatekeeper.visits, 0);
  await gatekeeper.observe({ faces: Array.from({ length: 500 }, (_, trackId) => look(200, { trackId })) });
  assert.equal(gatekeeper.visits, 64);
  gatekeeper.reset();
  assert.equal(gatekeeper.visits, 0);
});

const BOB = { trackId: 2, match: { person: { gallery: 'default', id: 'bob' }, score: 0.8, margin: 0.5 } };
const everybody = async (ref: { gallery: string; id: string }) => ({ ...ALICE, ...ref });

test('where two people are needed, the second one opens for both, and one face serves one pair', async () => {
  const { said, events, show, gatekeeper, unlocks } = lobby({ policy: { persons: 2 }, people: everybody });
  await show(10, {});
  assert.deepEqual(said(), ['face.recognized', 'access.denied second_person_needed']);
  await show(10, {}, BOB);
  const granted = events.filter(({ type }) => type === 'access.granted').map(({ person }) => person?.id);
  assert.deepEqual(granted, ['alice', 'bob']);
  assert.equal(unlocks.length, 1);
  assert.equal(said().filter((each) => each === 'access.tailgating').length, 0);
  await gatekeeper.observe({ faces: [], endedTracks: [1, 2] });
  const carol = {
    trackId: 3,
    match: { person: { gallery: 'default', id: 'carol' }, score: 0.8, margin: 0.5 },
  };
  await show(10, carol);
  assert.equal(said().at(-1), 'access.denied second_person_needed');
  assert.equal(unlocks.length, 1);
});

test('the first of two who has waited for too long, or is the same person, does not count', async () => {
  const late = lobby({ policy: { persons: 2 }, people: everybody });
  await late.show(10, {});
  await late.gatekeeper.observe({ faces: [], endedTracks: [1] });
  await late.show(101);
  await late.show(10, BOB);
  assert.deepEqual(late.unlocks, []);
  const twice = lobby({ policy: { persons: 2, liveness: 'off' }, people: everybody });
  await twice.show(10, {});
  await twice.show(10, { trackId: 2 });
  assert.deepEqual(twice.unlocks, []);
});

test('a second face during a grant is told once as tailgating, unless it is let in or far away', async () => {
  const { said, show } = lobby();
  await show(10, {}, { ...UNKNOWN, trackId: 2 });
  assert.equal(said().filter((each) => each === 'access.tailgating unknown_face').length, 1);
  await show(100);
  await show(20, { ...UNKNOWN, trackId: 3 });
  assert.equal(said().filter((each) => each.startsWith('access.tailgating')).length, 1);
  const far = lobby();
  const distance = { distanceM: 4, minM: 3.4, maxM: 4.8, source: 'ipd' as const };
  await far.show(20, {}, { ...UNKNOWN, trackId: 2, distance });
  const both = lobby({ people: everybody });
  await both.show(20, {}, BOB);
  for (const { said: told } of [far, both]) {
    assert.ok(!told().some((each) => each.startsWith('access.tailgating')));
  }
});
