/** How far the files of a pack are; `doneBytes` of `totalBytes` when the stage can tell. */
export interface ModelProgress {
  readonly stage: 'compiling' | 'downloading' | 'ready';
  readonly model: string;
  readonly file: string;
  /** Which of `count` files this is, from 1. */
  readonly index: number;
  readonly count: number;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
}

export type OnModelProgress = (progress: ModelProgress) => void;
