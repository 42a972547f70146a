/** The stages of one frame, in order. `capture` is filled in by the reader of the camera. */
export const STAGES = [
  'capture',
  'detect',
  'track',
  'measure',
  'embed',
  'match',
  'liveness',
  'decide',
] as const;
export type Stage = (typeof STAGES)[number];

export interface StageSample {
  readonly wallMs: number;
  /** The part of `wallMs` spent inside networks. */
  readonly inferenceMs: number;
}

/** Where the time of one frame went. Stages that run several times (two faces) add up. */
export class StageTimes {
  readonly #samples = new Map<Stage, { wallMs: number; inferenceMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  async measure<T>(stage: Stage, work: (timer: InferenceTimer) => Promise<T> | T): Promise<T> {
    const startedMs = this.#now();
    const entry = this.#entry(stage);
    const timer: InferenceTimer = async (run) => {
      const inferenceMs = this.#now();
      try {
        return await run();
      } finally {
        entry.inferenceMs += this.#now() - inferenceMs;
      }
    };
    try {
      return await work(timer);
    } finally {
      entry.wallMs += this.#now() - startedMs;
    }
  }

  add(stage: Stage, wallMs: number): void {
    this.#entry(stage).wallMs += wallMs;
  }

  get samples(): ReadonlyMap<Stage, StageSample> {
    return this.#samples;
  }

  #entry(stage: Stage): { wallMs: number; inferenceMs: number } {
    let entry = this.#samples.get(stage);
    if (entry === undefined) {
      entry = { wallMs: 0, inferenceMs: 0 };
      this.#samples.set(stage, entry);
    }
    return entry;
  }
}

/** Wraps one `Model.run` so that its time counts as inference. */
export type InferenceTimer = <T>(run: () => Promise<T>) => Promise<T>;

export const untimed: InferenceTimer = (run) => run();
