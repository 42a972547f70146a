import type { DetectedFace } from '../core/face.ts';
import type { Box } from '../core/image.ts';
import { iou } from './nms.ts';

export interface TrackerOptions {
  /** A track unseen for longer has ended, ms. */
  readonly keepMs: number;
}

export interface TrackedFace {
  readonly trackId: number;
  readonly face: DetectedFace;
  readonly isNew: boolean;
  /** How long this track had not been seen before this frame, ms. */
  readonly gapMs: number;
}

interface Track {
  readonly id: number;
  box: Box;
  /** Centre's velocity, px per ms, smoothed. */
  vx: number;
  vy: number;
  lastSeenMs: number;
}

/** How much of a new velocity counts; a face at a door changes course within two or three frames. */
const VELOCITY_GAIN = 0.4;
/** A face may have moved by this many of its own widths, plus this many per second unseen. */
const REACH_WIDTHS = 0.8;
const REACH_WIDTHS_PER_S = 1;
/** Largest change of width between two sightings. */
const MAX_SIZE_RATIO = 1.8;

/**
 * Keeps numbers on faces from frame to frame by position, size and velocity. Pairs are made from the best affinity
 * downwards, each face and track used once. Who a face is does not enter here: when an embedding contradicts a
 * track, the caller ends it with `split`.
 */
export class Tracker {
  readonly #options: TrackerOptions;
  #tracks: Track[] = [];
  #nextId = 1;

  constructor(options: TrackerOptions = { keepMs: 1_500 }) {
    this.#options = options;
  }

  /** Faces of one frame, with their track numbers, in the order given; and the tracks that ended before it. */
  update(faces: readonly DetectedFace[], nowMs: number): { seen: TrackedFace[]; ended: number[] } {
    const ended = this.#tracks.filter((track) => nowMs - track.lastSeenMs > this.#options.keepMs);
    this.#tracks = this.#tracks.filter((track) => !ended.includes(track));
    const pairs = this.#pair(faces, nowMs);
    const seen = faces.map((face, i): TrackedFace => {
      const track = pairs.get(i);
      if (track === undefined) return { trackId: this.#add(face, nowMs), face, isNew: true, gapMs: 0 };
      const gapMs = nowMs - track.lastSeenMs;
      move(track, face.box, nowMs);
      return { trackId: track.id, face, isNew: false, gapMs };
    });
    return { seen, ended: ended.map((track) => track.id) };
  }

  /** Another person stands where this track was: its face goes on under a new number, which is returned. */
  split(trackId: number): number {
    const index = this.#tracks.findIndex((track) => track.id === trackId);
    if (index < 0) return trackId;
    const id = this.#nextId++;
    this.#tracks[index] = { ...(this.#tracks[index] as Track), id };
    return id;
  }

  #add(face: DetectedFace, nowMs: number): number {
    const id = this.#nextId++;
    this.#tracks.push({ id, box: face.box, vx: 0, vy: 0, lastSeenMs: nowMs });
    return id;
  }

  #pair(faces: readonly DetectedFace[], nowMs: number): Map<number, Track> {
    const candidates: { i: number; track: Track; affinity: number }[] = [];
    for (const track of this.#tracks) {
      faces.forEach((face, i) => {
        const affinity = affinityOf(track, face.box, nowMs);
        if (affinity > 0) candidates.push({ i, track, affinity });
      });
    }
    candidates.sort((a, b) => b.affinity - a.affinity || a.track.id - b.track.id);
    const pairs = new Map<number, Track>();
    const taken = new Set<Track>();
    for (const { i, track } of candidates) {
      if (pairs.has(i) || taken.has(track)) continue;
      pairs.set(i, track);
      taken.add(track);
    }
    return pairs;
  }
}

/** 0 when the face cannot be the track's; else greater the better it fits. */
function affinityOf(track: Track, box: Box, nowMs: number): number {
  const elapsedMs = nowMs - track.lastSeenMs;
  // velocity is believed for 300 ms; a hidden face is looked for around where it would then be
  const ahead = Math.min(elapsedMs, 300);
  const expected = { ...track.box, x: track.box.x + track.vx * ahead, y: track.box.y + track.vy * ahead };
  const size = Math.max(track.box.width, box.width);
  const ratio = size / Math.max(1e-6, Math.min(track.box.width, box.width));
  if (!(ratio <= MAX_SIZE_RATIO)) return 0;
  const moved = Math.min(centreDistance(expected, box), centreDistance(track.box, box)) / size;
  const reach = REACH_WIDTHS + REACH_WIDTHS_PER_S * (elapsedMs / 1000);
  if (!(moved < reach)) return 0;
  return 1 + iou(expected, box) - moved / reach - 0.3 * Math.log(ratio);
}

function move(track: Track, box: Box, nowMs: number): void {
  const elapsedMs = Math.max(1, nowMs - track.lastSeenMs);
  const [before, after] = [centre(track.box), centre(box)];
  track.vx += VELOCITY_GAIN * ((after.x - before.x) / elapsedMs - track.vx);
  track.vy += VELOCITY_GAIN * ((after.y - before.y) / elapsedMs - track.vy);
  track.box = box;
  track.lastSeenMs = nowMs;
}

function centre(box: Box): { x: number; y: number } {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

function centreDistance(a: Box, b: Box): number {
  const [p, q] = [centre(a), centre(b)];
  return Math.hypot(p.x - q.x, p.y - q.y);
}
