import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../../src/core/decision.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import {
  type AccessContext,
  type AccessPolicy,
  candidate,
  decide,
} from '../../../src/services/access/policy.ts';
import { ALICE, contextOf, look, looks, POLICY, track } from './evidence-of.ts';

const BOB = { gallery: 'default', id: 'bob' };

function judge(observations: readonly FaceObservation[], changes: Partial<AccessContext> = {}): Decision {
  return decide(track(observations), contextOf(track(observations), changes));
}

function said(decision: Decision): string {
  return decision.kind === 'denied' ? decision.reason : decision.kind;
}

function under(policy: Partial<AccessPolicy>): Partial<AccessContext> {
  return { policy: { ...POLICY, ...policy } };
}

test('a known, live, near and enabled person is granted with the newest figures', () => {
  const decision = judge(looks(6));
  assert.equal(decision.kind, 'granted');
  assert.deepEqual(decision.kind === 'granted' && decision.person, { gallery: 'default', id: 'alice' });
  assert.equal(decision.kind === 'granted' && decision.score, 0.7);
  assert.equal(decision.kind === 'granted' && decision.liveness, 'live');
});

test('nothing is decided before the votes are in, and nobody is denied at first glance', () => {
  assert.equal(said(judge([])), 'undecided');
  assert.equal(said(judge(looks(2))), 'undecided');
  assert.equal(said(judge(looks(4, { match: { person: BOB, score: 0.2, margin: 0.1 } }))), 'undecided');
  assert.equal(said(judge(looks(4, { match: null }))), 'undecided');
});

test('below the threshold is unknown, never the nearest name', () => {
  const decision = judge(looks(6, { match: { person: BOB, score: 0.39, margin: 0.3 } }));
  assert.equal(said(decision), 'unknown_face');
  assert.equal(decision.kind === 'denied' && decision.person, undefined);
  assert.equal(said(judge(looks(6, { match: null }))), 'unknown_face');
});

test('above the threshold without the lead is ambiguous', () => {
  assert.equal(
    said(judge(looks(6, { match: { person: BOB, score: 0.6, margin: 0.04 } }))),
    'ambiguous_match',
  );
});

test('votes that are hardly ahead of the frames between them open nothing, and are ambiguous in the end', () => {
  const narrow = { match: { person: ALICE, score: 0.6, margin: 0.08 } };
  const another = { match: { person: BOB, score: 0.38, margin: 0.06 } };
  const nobody = { match: { person: ALICE, score: 0.38, margin: 0.02 } };
  const frames = (between: object, from = 0) =>
    [narrow, between, narrow, between, narrow].map((changes, at) => look(from + at, changes));
  assert.equal(said(judge(frames(another), under({ lead: 0.05 }))), 'undecided');
  assert.equal(said(judge(frames(nobody), under({ lead: 0.06 }))), 'undecided');
  assert.equal(said(judge(frames(nobody), under({ lead: 0.05 }))), 'granted');
  const waited = { ...track(frames(another, 40)), firstCapturedAtMs: 0 };
  assert.equal(said(decide(waited, contextOf(waited, under({ lead: 0.05 })))), 'ambiguous_match');
});

test('a track whose newest frame names nobody, or somebody else, opens nothing', () => {
  const swapped = [...looks(5), look(5, { match: { person: BOB, score: 0.1, margin: 0 } })];
  assert.equal(said(judge(swapped)), 'undecided');
  assert.equal(candidate(track(swapped), POLICY), undefined);
  const other = [...looks(5), look(5, { match: { person: BOB, score: 0.9, margin: 0.5 } })];
  assert.equal(said(judge(other)), 'undecided');
});

test('two people with enough votes each in one track are ambiguous', () => {
  const bob = { match: { person: BOB, score: 0.8, margin: 0.3 } };
  const both = [look(0), look(1, bob), look(2), look(3, bob), look(4), look(5, bob)];
  assert.equal(
    said(judge(both, { ...under({ window: 6 }), person: { kind: 'found', person: { ...ALICE, ...BOB } } })),
    'ambiguous_match',
  );
});

test('votes older than the evidence window do not count', () => {
  assert.equal(said(judge([...looks(3), look(40)])), 'undecided');
});

test('votes are counted in the last embedded frames only', () => {
  const nobody = { match: { person: BOB, score: 0.1, margin: 0 } };
  const wavering = [look(0), look(1), ...[2, 3, 4, 5].map((at) => look(at, nobody)), look(6)];
  assert.equal(said(judge(wavering)), 'undecided');
  assert.equal(said(judge(wavering, under({ window: 7 }))), 'granted');
});

test('a face that was embedded before is not of low quality for being settled', () => {
  const { match: _, ...later } = look(0);
  const settled = Array.from({ length: 60 }, (_, at) => ({ ...later, capturedAtMs: at * 100 }));
  assert.equal(said(judge([look(0), ...settled.slice(1)])), 'undecided');
});

test('a face that could never be embedded is called so after a while', () => {
  const { match: _, ...unseen } = look(0);
  const frames = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...unseen, capturedAtMs: at * 100 }));
  assert.equal(said(judge(frames(10))), 'undecided');
  assert.equal(said(judge(frames(32))), 'low_quality');
});

test('the whole distance interval must lie inside', () => {
  const at = (minM: number, distanceM: number, maxM: number) =>
    said(judge(looks(6, { distance: { minM, distanceM, maxM, source: 'ipd' } })));
  assert.equal(at(0.2, 1, 2.0), 'granted');
  assert.equal(at(1.5, 1.8, 2.01), 'too_far');
  assert.equal(at(0.19, 0.25, 0.3), 'too_close');
  assert.equal(at(0.1, 1, 3), 'too_far');
  assert.equal(at(1.2, 1, 1.3), 'distance_unknown');
  assert.equal(at(0.5, Number.NaN, 1.3), 'distance_unknown');
  assert.equal(at(Number.NaN, 1, 1.3), 'distance_unknown');
  assert.equal(at(0.5, 1, Number.POSITIVE_INFINITY), 'distance_unknown');
  const { distance: _, ...blind } = look(0);
  const frames = Array.from({ length: 6 }, (_, i) => ({ ...blind, capturedAtMs: i * 100 }));
  assert.equal(said(judge(frames)), 'distance_unknown');
});

test('a distance older than the deadline is no distance', () => {
  const { distance: _, ...blind } = look(0);
  const frames = [look(0), ...[6, 7, 8, 9, 10].map((at) => ({ ...blind, capturedAtMs: at * 100 }))];
  assert.equal(said(judge(frames)), 'distance_unknown');
});

test('liveness is the median of several judged frames', () => {
  const livenesses = (...values: number[]) => values.map((liveness, at) => look(at, { liveness }));
  assert.equal(said(judge(livenesses(0.9, 0.1, 0.8, 0.9, 0.7))), 'granted');
  assert.equal(said(judge(livenesses(0.9, 0.1, 0.2, 0.1, 0.9))), 'spoof_suspected');
  assert.equal(said(judge(livenesses(0.9, 0.9, 0.9, 0.9, 0.9, Number.NaN))), 'spoof_suspected');
  assert.equal(said(judge(livenesses(0.9, 0.9, 0.9, 0.9))), 'undecided');
});

test('looks from before the first vote for the person now named do not make them live', () => {
  const stranger = { match: { person: { gallery: 'default', id: 'bob' }, score: 0.1, margin: 0.05 } };
  const before = looks(12, { ...stranger, liveness: 0.95 });
  const phone = (count: number) =>
    Array.from({ length: count }, (_, at) => look(12 + at, { liveness: 0.05 }));
  assert.equal(said(judge([...before, ...phone(4)])), 'undecided');
  assert.equal(said(judge([...before, ...phone(5)])), 'spoof_suspected');
});

test('who is in the picture twice is let in only where liveness is not asked for', () => {
  assert.equal(said(judge(looks(6), { seenTwice: true })), 'spoof_suspected');
  assert.equal(said(judge(looks(3), { seenTwice: true })), 'spoof_suspected');
  assert.equal(said(judge(looks(6), { ...under({ liveness: 'off' }), seenTwice: true })), 'granted');
});

test('a required liveness that is not judged opens nothing, and is not waited for', () => {
  const { liveness: _, ...unjudged } = look(0);
  const frames = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...unjudged, capturedAtMs: at * 100 }));
  assert.equal(said(judge(frames(4))), 'undecided');
  assert.equal(said(judge(frames(5))), 'liveness_unavailable');
  const once = (count: number) => [look(0), ...frames(count).slice(1)];
  assert.equal(said(judge(once(8))), 'undecided');
  assert.equal(said(judge([...once(29), { ...look(30), capturedAtMs: 3_000 }])), 'liveness_unavailable');
});

test('a window smaller than the usual one is full sooner', () => {
  const stranger = looks(3, { match: { person: BOB, score: 0.1, margin: 0 } });
  assert.equal(said(judge(stranger, under({ window: 3 }))), 'unknown_face');
});

test('without liveness a real relay is not armed; memory and none are; off is said', () => {
  assert.equal(said(judge(looks(6), under({ liveness: 'none' }))), 'liveness_unavailable');
  const desk = judge(looks(6), { ...under({ liveness: 'none' }), relayReal: false });
  assert.equal(desk.kind === 'granted' && desk.liveness, 'none');
  const off = judge(looks(6, { liveness: 0 }), under({ liveness: 'off' }));
  assert.equal(off.kind === 'granted' && off.liveness, 'off');
});

test('who the person is decides', () => {
  const person = (changes: object): Partial<AccessContext> => ({
    person: { kind: 'found', person: { ...ALICE, ...changes } },
  });
  assert.equal(said(judge(looks(6), person({ enabled: false }))), 'person_disabled');
  assert.equal(said(judge(looks(6), person({ validFrom: '2026-06-01T12:00:01Z' }))), 'outside_validity');
  assert.equal(said(judge(looks(6), person({ validFrom: '2026-06-01T12:00:00Z' }))), 'granted');
  assert.equal(said(judge(looks(6), person({ validUntil: '2026-06-01T12:00:00Z' }))), 'outside_validity');
  assert.equal(said(judge(looks(6), person({ validUntil: 'soon' }))), 'outside_validity');
  assert.equal(said(judge(looks(6), person({ id: 'bob' }))), 'internal_fault');
  assert.equal(said(judge(looks(6), under({ galleries: ['staff'] }))), 'gallery_not_allowed');
  assert.equal(said(judge(looks(6), under({ galleries: [] }))), 'gallery_not_allowed');
  assert.equal(said(judge(looks(6), { person: { kind: 'fault' } })), 'store_fault');
  const gone = judge(looks(6), { person: { kind: 'missing' } });
  assert.equal(said(gone), 'unknown_face');
  assert.equal(gone.kind === 'denied' && gone.person, undefined);
  const { person: _, ...nobody } = contextOf(track(looks(6)));
  assert.equal(said(decide(track(looks(6)), nobody)), 'internal_fault');
});

test('the newest frame must be younger than the deadline, and not from the future', () => {
  const newestMs = 500;
  assert.equal(said(judge(looks(6), { nowMs: newestMs + 500 })), 'granted');
  assert.equal(said(judge(looks(6), { nowMs: newestMs + 501 })), 'stale_frame');
  assert.equal(said(judge(looks(6), { nowMs: newestMs - 2 })), 'stale_frame');
});

test('cooldown, and a site that wants one face only', () => {
  assert.equal(said(judge(looks(6), { lastGrantMs: -4_000 })), 'cooldown');
  assert.equal(said(judge(looks(6), { lastGrantMs: -4_450 })), 'granted');
  assert.equal(said(judge(looks(6), { othersInView: 1 })), 'granted');
  assert.equal(said(judge(looks(6), { ...under({ alone: true }), othersInView: 1 })), 'multiple_people');
});
