/** One look at whoever stands at the known distance. */
export interface EyeSample {
  readonly eyesPx: number;
  readonly yawDeg: number;
  readonly widthPx: number;
}

export interface KnownDistance {
  /** From the lens to the eyes, metres. */
  readonly metres: number;
  /** Between the pupils, mm, as an optician measures it; the mean of adults when absent. */
  readonly ipdMm?: number;
}

export type Fit =
  | {
      readonly kind: 'fitted';
      readonly focalPerWidth: number;
      readonly focalError: number;
      readonly spread: number;
      readonly frames: number;
    }
  /** Too few frames showed a face from the front, large enough. */
  | { readonly kind: 'too_few'; readonly usable: number; readonly needed: number }
  /** Frames disagree: whoever stood there moved. */
  | { readonly kind: 'unsteady'; readonly spread: number };

/** Adults' mean and standard deviation (Dodgson 2004: 63.4 ± 3.6 mm; the mean is the one that distances are read with). */
const IPD_MM = { mean: 63, deviation: 3.6 };
/** An optician's figure is good to this, mm; a tape and a head held still to this part of the distance. */
const IPD_READING_MM = 0.5;
const TAPE_ERROR = 0.01;
const MIN_FRAMES = 10;
/** Closer together, one pixel counts for too much. */
const MIN_EYES_PX = 20;
/** Foreshortening is under 4 % and known. */
const MAX_YAW_DEG = 15;
/** More than a person standing still: half a step at 1.5 m is 10 %. */
const MAX_SPREAD = 0.04;
/** Of a normal distribution: standard deviations in a median absolute deviation. */
const MAD_TO_SIGMA = 1.4826;

/** Focal length from several looks at a known distance, by their median; single wrong ones do not move it. */
export function fitFocal(samples: readonly EyeSample[], known: KnownDistance): Fit {
  const { metres, ipdMm = IPD_MM.mean } = known;
  const usable = samples.filter(
    ({ eyesPx, yawDeg }) => eyesPx >= MIN_EYES_PX && Math.abs(yawDeg) <= MAX_YAW_DEG,
  );
  if (usable.length < MIN_FRAMES) return { kind: 'too_few', usable: usable.length, needed: MIN_FRAMES };
  const focals = usable.map(
    ({ eyesPx, yawDeg, widthPx }) =>
      (metres * 1000 * eyesPx) / (ipdMm * Math.cos((yawDeg * Math.PI) / 180)) / widthPx,
  );
  const focalPerWidth = median(focals);
  const spread =
    (MAD_TO_SIGMA * median(focals.map((focal) => Math.abs(focal - focalPerWidth)))) / focalPerWidth;
  if (!(spread <= MAX_SPREAD)) return { kind: 'unsteady', spread };
  const eyes = known.ipdMm === undefined ? IPD_MM.deviation / IPD_MM.mean : IPD_READING_MM / known.ipdMm;
  const focalError = Math.hypot(eyes, TAPE_ERROR, spread / Math.sqrt(usable.length));
  return { kind: 'fitted', focalPerWidth, focalError, spread, frames: usable.length };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
