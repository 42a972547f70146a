import { type CountedRate, wilson } from './bounds.ts';

/** Faces that a picture holds and that were found in it. */
export interface CountedFaces {
  readonly file: string;
  readonly source: string;
  readonly expected: number;
  readonly found: number;
}

/** Only numbers are compared: a face missed and another invented in one picture cancel out. */
export interface DetectionFigures {
  readonly pictures: number;
  readonly faces: number;
  /** Faces found, of those there are. */
  readonly recall: CountedRate | null;
  /** Found beyond those there are. */
  readonly falseFaces: number;
  /** Pictures with at least one of them, of all pictures. */
  readonly picturesWithFalseFaces: CountedRate | null;
}

export function detectionFigures(pictures: readonly CountedFaces[]): DetectionFigures {
  const sum = (of: (picture: CountedFaces) => number) =>
    pictures.reduce((total, each) => total + of(each), 0);
  const faces = sum(({ expected }) => expected);
  const hits = sum(({ expected, found }) => Math.min(expected, found));
  const wrong = pictures.filter(({ expected, found }) => found > expected).length;
  const rate = (count: number, trials: number): CountedRate | null =>
    trials === 0 ? null : { ...wilson(count, trials), hits: count, trials };
  return {
    pictures: pictures.length,
    faces,
    recall: rate(hits, faces),
    falseFaces: sum(({ expected, found }) => Math.max(0, found - expected)),
    picturesWithFalseFaces: rate(wrong, pictures.length),
  };
}
