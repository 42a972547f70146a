import type { FaceObservation } from '../../../src/core/observation.ts';
import type { Person } from '../../../src/core/person.ts';
import type { TrackEvidence } from '../../../src/services/access/evidence.ts';
import {
  ACCESS_DEFAULTS,
  type AccessContext,
  type AccessPolicy,
} from '../../../src/services/access/policy.ts';

export const POLICY: AccessPolicy = { ...ACCESS_DEFAULTS, threshold: 0.4, margin: 0.05, lead: 0.1 };

export const ALICE: Person = {
  gallery: 'default',
  id: 'alice',
  createdAt: '2026-01-01T00:00:00.000Z',
  enabled: true,
  faces: [],
};

export const FRAME_MS = 100;

/** One good look at Alice: close, alive, well above the threshold. */
export function look(at: number, changes: Partial<FaceObservation> = {}): FaceObservation {
  return {
    trackId: 1,
    frameSeq: at,
    capturedAtMs: at * FRAME_MS,
    box: { x: 0, y: 0, width: 100, height: 100 },
    score: 0.99,
    points: {
      rightEye: { x: 30, y: 40 },
      leftEye: { x: 70, y: 40 },
      nose: { x: 50, y: 60 },
      mouth: { x: 50, y: 80 },
    },
    pose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 },
    quality: { overall: 0.9, sharpness: 100, luma: 120, eyeDistancePx: 60, yawDeg: 0 },
    distance: { distanceM: 1, minM: 0.85, maxM: 1.25, source: 'ipd' },
    match: { person: { gallery: 'default', id: 'alice' }, score: 0.7, margin: 0.4 },
    liveness: 0.9,
    ...changes,
  };
}

/** Frames 0 … count−1, each changed alike. */
export function looks(count: number, changes: Partial<FaceObservation> = {}): FaceObservation[] {
  return Array.from({ length: count }, (_, at) => look(at, changes));
}

export function track(observations: readonly FaceObservation[]): TrackEvidence {
  return {
    observations,
    firstCapturedAtMs: observations[0]?.capturedAtMs ?? 0,
    everEmbedded: observations.some((seen) => seen.match !== undefined),
  };
}

/** Asked 50 ms after the newest frame, about Alice, at a door with a real relay. */
export function contextOf(evidence: TrackEvidence, changes: Partial<AccessContext> = {}): AccessContext {
  return {
    policy: POLICY,
    nowMs: (evidence.observations.at(-1)?.capturedAtMs ?? 0) + 50,
    wall: new Date('2026-06-01T12:00:00Z'),
    relayReal: true,
    othersInView: 0,
    seenTwice: false,
    lockdown: false,
    person: { kind: 'found', person: ALICE },
    ...changes,
  };
}
