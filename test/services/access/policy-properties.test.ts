import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FaceObservation } from '../../../src/core/observation.ts';
import { type AccessContext, decide } from '../../../src/services/access/policy.ts';
import { ALICE, contextOf, look, POLICY, track } from './evidence-of.ts';

/** Numbers as they should be, at the edges, and as they must never be. */
const figure = fc.oneof(
  fc.double({ min: -1, max: 3 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, POLICY.threshold),
);
const who = fc.constantFrom(
  { gallery: 'default', id: 'alice' },
  { gallery: 'staff', id: 'alice' },
  { gallery: 'default', id: 'bob' },
);
const match = fc.option(
  fc.record({
    person: who,
    score: fc.oneof({ weight: 8, arbitrary: fc.constant(0.7) }, figure),
    margin: fc.oneof({ weight: 8, arbitrary: fc.constant(0.3) }, figure),
  }),
  { nil: null },
);
const good = look(0);
/** Absent now and then, as on a frame that was not embedded, measured or judged. */
function sometimes<T>(usual: T, odd: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}
const distance = fc.record({
  distanceM: figure,
  minM: figure,
  maxM: figure,
  source: fc.constant('ipd' as const),
});
const near = { distanceM: 1, minM: 0.85, maxM: 1.25, source: 'ipd' as const };
const seen = fc.record({
  match: sometimes<FaceObservation['match'] | undefined>(good.match, match),
  distance: sometimes<FaceObservation['distance'] | undefined>(near, distance),
  liveness: sometimes<number | undefined>(0.9, figure),
});
const observations = fc.array(seen, { minLength: 1, maxLength: 14 }).map((list) =>
  list.map((changes, at): FaceObservation => {
    const { match: _match, distance: _distance, liveness: _liveness, ...bare } = look(at);
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    return { ...bare, ...Object.fromEntries(given) };
  }),
);
const context: fc.Arbitrary<Partial<AccessContext>> = fc.record(
  {
    nowMs: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 1_200 }) }, figure),
    relayReal: fc.boolean(),
    othersInView: fc.integer({ min: 0, max: 3 }),
    seenTwice: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
    lastGrantMs: fc.oneof(fc.integer({ min: -20_000, max: 1_000 }), figure),
    person: fc.oneof(
      { weight: 10, arbitrary: fc.constant({ kind: 'found' as const, person: ALICE }) },
      fc.constant({ kind: 'missing' as const }),
      fc.constant({ kind: 'fault' as const }),
      fc.constant({ kind: 'found' as const, person: { ...ALICE, enabled: false } }),
      fc.constant({ kind: 'found' as const, person: { ...ALICE, gallery: 'staff' } }),
      fc.constant({ kind: 'found' as const, person: { ...ALICE, validUntil: '2020-01-01T00:00:00Z' } }),
    ),
    policy: fc
      .record({
        threshold: fc.oneof(
          { weight: 20, arbitrary: fc.constant(POLICY.threshold) },
          fc.constant(Number.NaN),
        ),
        margin: fc.oneof({ weight: 20, arbitrary: fc.constant(POLICY.margin) }, fc.constant(Number.NaN)),
        lead: fc.constantFrom(POLICY.lead, POLICY.lead, 0.3, Number.NaN),
        votes: fc.constantFrom(3, 3, 3, 1, Number.NaN),
        deadlineMs: fc.constantFrom(500, 500, 500, Number.NaN),
        liveness: fc.constantFrom('required' as const, 'required' as const, 'none' as const, 'off' as const),
        minLiveness: fc.constantFrom(0.5, 0.5, 0.5, Number.NaN),
      })
      .map((changes) => ({ ...POLICY, ...changes })),
  },
  { requiredKeys: [] },
);

/** The contract's sentence, said a second time and differently: counted from the raw frames. */
function mayBeGranted(frames: readonly FaceObservation[], asked: AccessContext): boolean {
  const { policy } = asked;
  const found = asked.person?.kind === 'found' ? asked.person.person : undefined;
  const newest = frames.at(-1);
  if (found === undefined || newest === undefined) return false;
  const named = frames
    .filter((frame) => frame.match !== undefined)
    .slice(-policy.window)
    .filter(
      ({ match: m }) =>
        m != null &&
        m.person.id === found.id &&
        m.person.gallery === found.gallery &&
        m.score >= policy.threshold &&
        m.margin >= policy.margin,
    );
  const looks = frames.flatMap(({ match }) => (match === undefined ? [] : [match])).slice(-policy.window);
  const ahead = looks.map((m) => {
    if (m === null) return 0;
    return m.person.id === found.id && m.person.gallery === found.gallery ? m.margin : -m.margin;
  });
  const lead = ahead.reduce((sum, each) => sum + each, 0) / looks.length;
  const near = frames.findLast((frame) => frame.distance !== undefined)?.distance;
  const sinceMs = named[0]?.capturedAtMs ?? Number.POSITIVE_INFINITY;
  const judged = frames
    .filter((frame) => frame.capturedAtMs >= sinceMs)
    .map((frame) => frame.liveness)
    .filter((value) => value !== undefined);
  const alive = judged.filter((value) => value >= policy.minLiveness).length;
  const liveEnough =
    policy.liveness === 'off' ||
    (policy.liveness === 'none' && !asked.relayReal) ||
    (policy.liveness === 'required' && judged.length >= policy.livenessFrames && alive * 2 > judged.length);
  const age = asked.nowMs - newest.capturedAtMs;
  return (
    named.length >= policy.votes &&
    Number.isFinite(lead) &&
    lead >= policy.lead &&
    near !== undefined &&
    near.minM >= policy.distanceM[0] &&
    near.maxM <= policy.distanceM[1] &&
    Number.isFinite(near.distanceM) &&
    liveEnough &&
    (policy.liveness !== 'required' || !asked.seenTwice) &&
    found.enabled &&
    found.validUntil === undefined &&
    policy.galleries.includes(found.gallery) &&
    age <= policy.deadlineMs &&
    (asked.lastGrantMs === undefined || asked.nowMs - asked.lastGrantMs >= policy.cooldownMs)
  );
}

test('a grant always satisfies every sentence of the policy', () => {
  let grants = 0;
  fc.assert(
    fc.property(observations, context, (frames, changes) => {
      const evidence = track(frames);
      const asked = contextOf(evidence, changes);
      const decision = decide(evidence, asked);
      if (decision.kind === 'granted') {
        grants++;
        assert.ok(mayBeGranted(frames, asked));
      }
    }),
    { numRuns: 5_000, seed: 20260601 },
  );
  assert.ok(grants > 50, `only ${grants} grants: the property saw too little`);
});

test('a person is named only where the votes name them', () => {
  fc.assert(
    fc.property(observations, context, (frames, changes) => {
      const evidence = track(frames);
      const asked = contextOf(evidence, changes);
      const decision = decide(evidence, asked);
      if (decision.kind === 'undecided' || decision.person === undefined) return;
      const { person } = decision;
      const votes = frames.filter(
        ({ match: m }) => m?.person.id === person.id && m.score >= asked.policy.threshold,
      );
      assert.ok(votes.length >= Math.max(1, asked.policy.votes));
    }),
    { numRuns: 3_000, seed: 20260602 },
  );
});

test('one impossible figure in every place refuses', () => {
  for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const frames = Array.from({ length: 6 }, (_, at) => look(at));
    const newest = frames[5] as FaceObservation;
    const m = newest.match as NonNullable<FaceObservation['match']>;
    const d = newest.distance as NonNullable<FaceObservation['distance']>;
    const all = (changes: Partial<FaceObservation>) => frames.map((frame) => ({ ...frame, ...changes }));
    const breakages: (readonly FaceObservation[])[] = [
      all({ match: { ...m, score: broken } }),
      all({ match: { ...m, margin: broken } }),
      all({ distance: { ...d, minM: broken } }),
      all({ distance: { ...d, maxM: broken } }),
      all({ distance: { ...d, distanceM: broken } }),
      all({ capturedAtMs: broken }),
      ...(broken === Number.POSITIVE_INFINITY ? [] : [all({ liveness: broken })]),
    ];
    for (const [at, observed] of breakages.entries()) {
      const asked = contextOf(track(observed), { nowMs: newest.capturedAtMs + 50 });
      assert.notEqual(decide(track(observed), asked).kind, 'granted', `breakage ${at} with ${broken}`);
    }
    const figures = [
      'threshold',
      'margin',
      'lead',
      'votes',
      'deadlineMs',
      'cooldownMs',
      'evidenceMs',
      'minLiveness',
    ];
    if (Number.isNaN(broken)) {
      for (const key of [...figures, 'livenessFrames']) {
        const asked = contextOf(track(frames), { policy: { ...POLICY, [key]: broken } });
        assert.notEqual(decide(track(frames), asked).kind, 'granted', `policy.${key} is NaN`);
      }
    }
    assert.notEqual(decide(track(frames), contextOf(track(frames), { nowMs: broken })).kind, 'granted');
  }
});
