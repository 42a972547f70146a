import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoorFlow } from '../../../src/app/door-flow.ts';
import { DENIAL_REASONS, type DenialReason } from '../../../src/core/events.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import { parseWindow } from '../../../src/core/schedule.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { ALICE, look } from './evidence-of.ts';
import { lobby, UNKNOWN } from './lobby.ts';

type Lobby = NonNullable<Parameters<typeof lobby>[0]>;

/** Shows one face for four seconds at a door that is arranged as said; every denial, and how often it opened. */
async function faced(
  arranged: Lobby,
  face: Partial<FaceObservation> = {},
  beside: Partial<FaceObservation>[] = [],
) {
  const { show, events, unlocks, gatekeeper, clock } = lobby(arranged);
  await show(40, face, ...beside);
  return { events, unlocks, gatekeeper, clock };
}

/** Without `keys`, in every frame. */
function blind(...keys: (keyof FaceObservation)[]): Partial<FaceObservation> {
  return Object.fromEntries(keys.map((key) => [key, undefined])) as Partial<FaceObservation>;
}

function at(minM: number, distanceM: number, maxM: number): Partial<FaceObservation> {
  return { distance: { minM, distanceM, maxM, source: 'ipd' } };
}

/** A door whose recogniser or camera fails, as the whole flow of a door sees it. */
async function brokenFlow(fail: (flow: DoorFlow) => Promise<void> | void) {
  const journal = new RecordingJournal();
  const clock = new ManualClock();
  const { gatekeeper, unlocks } = lobby();
  const flow = new DoorFlow({
    door: 'front',
    recogniser: () => {
      throw new Error('the networks are gone');
    },
    gatekeeper,
    journal,
    clock,
    health: new Health(),
    denialRepeatMs: 10_000,
    onSeen: () => {},
    onCamera: () => {},
  });
  await fail(flow);
  return { events: journal.events, unlocks };
}

const FRAME = { seq: 0, capturedAtMs: 0, width: 1, height: 1, data: new Uint8Array(3) };
const MORNINGS = [parseWindow('daily 06:00-09:00')].filter((window) => window !== undefined);

/** Every reason that a door may give, and what brings it about. */
const TABLE: Record<
  DenialReason,
  () => Promise<{ events: readonly { type: string; reason?: string }[]; unlocks: number[] }>
> = {
  unknown_face: () => faced({}, UNKNOWN),
  ambiguous_match: () => faced({}, { match: { person: ALICE, score: 0.7, margin: 0.01 } }),
  low_quality: () => faced({}, blind('match')),
  too_far: () => faced({}, at(2, 2.5, 3)),
  too_close: () => faced({}, at(0.1, 0.15, 0.2)),
  distance_unknown: () => faced({}, blind('distance')),
  multiple_people: () => faced({ policy: { alone: true } }, {}, [{ ...UNKNOWN, trackId: 2 }]),
  second_person_needed: () => faced({ policy: { persons: 2 } }),
  spoof_suspected: () => faced({}, { liveness: 0.05 }),
  liveness_unavailable: () => faced({ policy: { liveness: 'none' } }),
  person_disabled: () => faced({ people: async () => ({ ...ALICE, enabled: false }) }),
  outside_validity: () => faced({ people: async () => ({ ...ALICE, validUntil: '2026-06-01T00:00:00Z' }) }),
  outside_schedule: () => faced({ policy: { hours: [{ gallery: 'default', schedule: MORNINGS }] } }),
  gallery_not_allowed: () => faced({ policy: { galleries: ['staff'] } }),
  lockdown: () => faced({ mode: 'lockdown' }),
  cooldown: async () => {
    const { show, events, gatekeeper } = lobby();
    await show(6, {});
    await gatekeeper.observe({ faces: [], endedTracks: [1] });
    await show(10, { trackId: 2 });
    return { events, unlocks: [] };
  },
  stale_frame: async () => {
    const { clock, gatekeeper, events, unlocks } = lobby();
    for (let frame = 0; frame < 8; frame++) {
      clock.advanceTo(frame * 100 + 501);
      await gatekeeper.observe({ faces: [look(frame)] });
    }
    return { events, unlocks };
  },
  camera_frozen: () => brokenFlow((flow) => flow.frozen('the same picture for 2000 ms')),
  model_unavailable: () => brokenFlow((flow) => assert.rejects(flow.frame(FRAME, 0))),
  store_fault: () => faced({ people: () => Promise.reject(new Error('EIO')) }),
  relay_fault: async () => ({ ...(await faced({ relay: async () => 'fault' })), unlocks: [] }),
  internal_fault: () => faced({ policy: { galleries: null as unknown as string[] } }),
};

for (const reason of DENIAL_REASONS) {
  test(`denied and said why: ${reason}`, async () => {
    const { events, unlocks } = await TABLE[reason]();
    const denials = events.filter(({ type }) => type === 'access.denied').map((event) => event.reason);
    assert.ok(denials.includes(reason), `said ${denials.join(', ')}`);
    assert.deepEqual(unlocks, []);
  });
}

/** A figure that is none, wherever one may stand. */
const NONE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

test('a figure that is none opens nothing, wherever it stands', async () => {
  for (const none of NONE) {
    const seen: Partial<FaceObservation>[] = [
      { match: { person: ALICE, score: none, margin: 0.4 } },
      { match: { person: ALICE, score: 0.7, margin: none } },
      at(none, 1, 1.2),
      at(0.8, none, 1.2),
      at(0.8, 1, none),
    ];
    if (none !== Number.POSITIVE_INFINITY) seen.push({ liveness: none });
    for (const face of seen) assert.deepEqual((await faced({}, face)).unlocks, [], JSON.stringify(face));
  }
});

test('a date that is none refuses', async () => {
  for (const dates of [{ validFrom: 'soon' }, { validUntil: 'never' }]) {
    assert.deepEqual((await faced({ people: async () => ({ ...ALICE, ...dates }) })).unlocks, []);
  }
});

test('within its hours a gallery opens', async () => {
  const noon = [parseWindow('daily 11:00-13:00')].filter((window) => window !== undefined);
  const { unlocks } = await faced({ policy: { hours: [{ gallery: 'default', schedule: noon }] } });
  assert.equal(unlocks.length, 1);
});
