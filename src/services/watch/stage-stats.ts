import { STAGES, type Stage, type StageTimes } from '../../runtime/stage-times.ts';

export interface StageSummary {
  readonly stage: Stage;
  /** Frames in which the stage ran. */
  readonly frames: number;
  readonly medianMs: number;
  readonly totalMs: number;
  /** The part of `totalMs` inside networks. */
  readonly inferenceMs: number;
}

export interface StatsSummary {
  readonly frames: number;
  readonly stages: readonly StageSummary[];
  /** Per frame, without waiting for the camera: everything, networks only, and what Limen adds around them. */
  readonly perFrame: { readonly workMs: number; readonly inferenceMs: number; readonly overheadMs: number };
}

/** Samples kept per stage for the median; older ones are overwritten, totals keep counting. */
const WINDOW = 4_096;

/** Adds up where the time of many frames went. */
export class StageStats {
  #frames = 0;
  readonly #stages = new Map<
    Stage,
    { walls: number[]; count: number; totalMs: number; inferenceMs: number }
  >();

  add(times: StageTimes): void {
    this.#frames++;
    for (const [stage, sample] of times.samples) {
      const entry = this.#stages.get(stage) ?? { walls: [], count: 0, totalMs: 0, inferenceMs: 0 };
      entry.walls[entry.count % WINDOW] = sample.wallMs;
      entry.count++;
      entry.totalMs += sample.wallMs;
      entry.inferenceMs += sample.inferenceMs;
      this.#stages.set(stage, entry);
    }
  }

  summary(): StatsSummary {
    const stages = STAGES.flatMap((stage): StageSummary[] => {
      const entry = this.#stages.get(stage);
      if (entry === undefined) return [];
      const { count, totalMs, inferenceMs } = entry;
      return [{ stage, frames: count, medianMs: median(entry.walls), totalMs, inferenceMs }];
    });
    const work = stages.filter((entry) => entry.stage !== 'capture');
    const frames = Math.max(1, this.#frames);
    const workMs = work.reduce((sum, entry) => sum + entry.totalMs, 0) / frames;
    const inferenceMs = work.reduce((sum, entry) => sum + entry.inferenceMs, 0) / frames;
    return {
      frames: this.#frames,
      stages,
      perFrame: { workMs, inferenceMs, overheadMs: workMs - inferenceMs },
    };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
