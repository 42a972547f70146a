import { cosine } from '../../core/embedding.ts';
import type { Match } from '../../core/face.ts';
import type { Frame } from '../../core/image.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { Gallery } from '../../core/ports/gallery.ts';
import { StageTimes } from '../../runtime/stage-times.ts';
import { type CameraGeometry, distanceOf } from '../../vision/distance.ts';
import { poseOf } from '../../vision/pose.ts';
import { qualityOf } from '../../vision/quality.ts';
import { type TrackedFace, Tracker } from '../../vision/tracker.ts';
import { eyesAtOnce } from './eye-gauge.ts';
import type { FaceEngine, LocatedFace } from './face-engine.ts';
import type { LivenessLook } from './liveness-judge.ts';
import { LivenessSchedule } from './liveness-schedule.ts';
import { MIN_EMBED_QUALITY } from './quality-gate.ts';

export interface FrameResult {
  readonly frame: Frame;
  readonly observations: readonly FaceObservation[];
  /** Tracks that are over. */
  readonly ended: readonly number[];
  readonly times: StageTimes;
}

export interface RecogniserOptions {
  readonly camera: CameraGeometry;
  /** At most this many faces of a frame are recognised, the nearest first. */
  readonly maxFaces: number;
}

/** What is remembered of a track between frames; nothing outlives the track. */
interface TrackMemory {
  template?: Float32Array;
  lastEmbeddedAtMs: number;
  bestQuality: number;
  /** How often in a row the same person was the best match above the threshold. */
  agreeing: number;
  lastMatch?: Match | null;
  /** Begins anew with every change of who this seems to be: looks at somebody else say nothing. */
  liveness: LivenessSchedule;
}

/** Time between embeddings of one face while it is not settled who it is, ms: about six looks a second. */
const SEEKING_INTERVAL_MS = 150;
/** And once the last three agreed, ms: a check that it is still the same person. */
const SETTLED_INTERVAL_MS = 1_000;
const SETTLED_AFTER = 3;
/** A view this much better than the best so far is worth an embedding at once. */
const BETTER_VIEW = 1.25;
/** After being hidden for this long a face must prove again who it is, ms. */
const HIDDEN_MS = 250;
/** Two looks at one face have a higher cosine than this part of the match threshold; below it somebody else stands there. */
const SAME_FACE_PART = 0.5;

/** Turns the frames of one camera into observations. One frame at a time. */
export class FrameRecogniser {
  readonly #engine: FaceEngine;
  readonly #gallery: Gallery;
  readonly #options: RecogniserOptions;
  readonly #tracker = new Tracker();
  readonly #memory = new Map<number, TrackMemory>();
  /** Tracks in which the landmarks, too, have seen a face; others are not told of. */
  readonly #confirmed = new Set<number>();

  constructor(engine: FaceEngine, gallery: Gallery, options: RecogniserOptions) {
    this.#engine = engine;
    this.#gallery = gallery;
    this.#options = options;
  }

  /** @throws LimenError `inference_failed` */
  async process(frame: Frame): Promise<FrameResult> {
    const times = new StageTimes();
    const faces = await times.measure('detect', (timer) => this.#engine.detect(frame, 'door', { timer }));
    const nearest = faces.sort((a, b) => b.box.width - a.box.width).slice(0, this.#options.maxFaces);
    const { seen, ended } = await times.measure('track', () =>
      this.#tracker.update(nearest, frame.capturedAtMs),
    );
    const over = [...ended];
    const observations: FaceObservation[] = [];
    for (const tracked of seen) {
      const observation = await this.#observe(frame, tracked, times, over);
      if (observation !== undefined) observations.push(observation);
    }
    for (const trackId of over) {
      this.#memory.delete(trackId);
      this.#confirmed.delete(trackId);
    }
    return { frame, observations, ended: over, times };
  }

  async #observe(
    frame: Frame,
    tracked: TrackedFace,
    times: StageTimes,
    over: number[],
  ): Promise<FaceObservation | undefined> {
    const { face } = tracked;
    let trackId = tracked.trackId;
    let located: LocatedFace = { points: face.points, pose: poseOf(face.points) };
    let quality = await times.measure('measure', () => qualityOf(frame, located.points, located.pose));
    let match: Match | null | undefined;
    const due = this.#worthEmbedding(trackId, quality.overall, tracked.gapMs, frame.capturedAtMs);
    if (due || !this.#confirmed.has(trackId)) {
      const closer = await times.measure('measure', (timer) =>
        this.#engine.locate(frame, face, 'door', timer),
      );
      if (closer === undefined) return undefined; // the detector was mistaken
      this.#confirmed.add(trackId);
      located = closer;
      quality = await times.measure('measure', () => qualityOf(frame, located.points, located.pose));
      if (due && quality.overall >= MIN_EMBED_QUALITY) {
        const embedding = await times.measure('embed', (timer) =>
          this.#engine.embed(frame, located.points, 'door', timer),
        );
        match = await times.measure('match', () => this.#gallery.identify(embedding));
        trackId = this.#remember(trackId, embedding, match, quality.overall, frame.capturedAtMs, over);
      }
    }
    const look = await this.#liveness(frame, trackId, tracked, times);
    const eyes = eyesAtOnce(located, this.#engine.pack.detector.kind);
    const distance = distanceOf(eyes, this.#options.camera);
    return {
      trackId,
      frameSeq: frame.seq,
      capturedAtMs: frame.capturedAtMs,
      ...(frame.atS !== undefined && { atS: frame.atS }),
      box: face.box,
      score: face.score,
      points: located.points,
      pose: located.pose,
      quality,
      ...(distance && { distance }),
      ...(match !== undefined && { match }),
      ...(look && { liveness: look.live, framed: look.framed }),
    };
  }

  /** Judged from the first embedding on, so that every look is at a face that somebody compared. */
  async #liveness(
    frame: Frame,
    trackId: number,
    { face, gapMs }: TrackedFace,
    times: StageTimes,
  ): Promise<LivenessLook | undefined> {
    const memory = this.#memory.get(trackId);
    if (memory === undefined || this.#engine.pack.liveness.kind === 'none') return undefined;
    if (gapMs >= HIDDEN_MS) memory.liveness = new LivenessSchedule();
    if (!memory.liveness.due(frame.capturedAtMs)) return undefined;
    const look = await times.measure('liveness', (timer) =>
      this.#engine.liveness(frame, face.box, 'door', timer),
    );
    if (look !== undefined) memory.liveness.add(look.live, frame.capturedAtMs);
    return look;
  }

  #worthEmbedding(trackId: number, quality: number, gapMs: number, nowMs: number): boolean {
    if (quality < MIN_EMBED_QUALITY / 2) return false;
    const memory = this.#memory.get(trackId);
    if (memory === undefined || gapMs >= HIDDEN_MS) return true;
    if (quality > memory.bestQuality * BETTER_VIEW) return true;
    const interval = memory.agreeing >= SETTLED_AFTER ? SETTLED_INTERVAL_MS : SEEKING_INTERVAL_MS;
    return nowMs - memory.lastEmbeddedAtMs >= interval;
  }

  /** Returns the track number, a new one when this face contradicts what the track looked like. */
  #remember(
    trackId: number,
    embedding: Float32Array,
    match: Match | null,
    quality: number,
    nowMs: number,
    over: number[],
  ): number {
    const before = this.#memory.get(trackId);
    const threshold = this.#engine.pack.thresholds.match;
    const somebodyElse =
      before?.template !== undefined && cosine(before.template, embedding) < threshold * SAME_FACE_PART;
    const id = somebodyElse ? this.#tracker.split(trackId) : trackId;
    if (somebodyElse) over.push(trackId);
    const memory = somebodyElse ? undefined : before;
    const named = match !== null && match.score >= threshold;
    const same =
      named &&
      memory?.lastMatch != null &&
      memory.lastMatch.person.id === match.person.id &&
      memory.lastMatch.person.gallery === match.person.gallery;
    const stillSo = named ? same && memory.agreeing > 0 : memory?.agreeing === 0;
    this.#memory.set(id, {
      template: embedding,
      lastEmbeddedAtMs: nowMs,
      bestQuality: Math.max(memory?.bestQuality ?? 0, quality),
      agreeing: named ? (same ? (memory?.agreeing ?? 0) + 1 : 1) : 0,
      lastMatch: match,
      liveness: memory !== undefined && stillSo ? memory.liveness : new LivenessSchedule(),
    });
    return id;
  }
}
