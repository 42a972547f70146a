import { type CountedRate, counted } from './bounds.ts';

/** One picture read at several sizes, as seen by one camera; `undefined` where nothing could be read. */
export interface ScaledReadings {
  readonly file: string;
  readonly base: number | undefined;
  /** Whether the base is not of low confidence. */
  readonly sure: boolean;
  /** `scale` times the size: the face stands at 1/`scale` of the distance. */
  readonly readings: readonly {
    readonly scale: number;
    readonly distanceM: number | undefined;
    readonly sure: boolean;
  }[];
}

export interface ScaleFigures {
  readonly scale: number;
  readonly read: number;
  readonly notRead: number;
  /** Pictures that read 1/scale of the base within the tolerance. */
  readonly within: CountedRate | null;
  /** The same of those where neither reading is of low confidence. */
  readonly withinSure: CountedRate | null;
  readonly medianError: number | null;
  readonly worstError: number | null;
}

/** A picture scaled by s must read 1/s of the distance within this part. */
export const SCALE_TOLERANCE = 0.03;

export function scaleFigures(pictures: readonly ScaledReadings[]): readonly ScaleFigures[] {
  const scales = [...new Set(pictures.flatMap(({ readings }) => readings.map(({ scale }) => scale)))];
  return scales.map((scale) => {
    const pairs = pictures.flatMap(({ base, sure, readings }) => {
      const found = readings.find((each) => each.scale === scale);
      return base === undefined || found === undefined
        ? []
        : [{ base, at: found.distanceM, sure: sure && found.sure }];
    });
    const read = pairs.flatMap(({ base, at, sure }) =>
      at === undefined ? [] : [{ error: Math.abs((at * scale) / base - 1), sure }],
    );
    const errors = read.map(({ error }) => error);
    const isWithin = ({ error }: { error: number }) => error <= SCALE_TOLERANCE;
    return {
      scale,
      read: errors.length,
      notRead: pairs.length - errors.length,
      within: counted(read.map(isWithin)),
      withinSure: counted(read.filter(({ sure }) => sure).map(isWithin)),
      medianError:
        errors.length === 0 ? null : (errors.toSorted((a, b) => a - b)[errors.length >> 1] as number),
      worstError: errors.length === 0 ? null : Math.max(...errors),
    };
  });
}

/** A reading that is further off than the tolerance. */
export interface Outlier {
  readonly file: string;
  readonly scale: number;
  /** reading · scale / base − 1 */
  readonly error: number;
  readonly sure: boolean;
}

/** The worst first. */
export function outliersOf(pictures: readonly ScaledReadings[]): readonly Outlier[] {
  return pictures
    .flatMap(({ file, base, sure, readings }) =>
      readings.flatMap((reading) => {
        if (base === undefined || reading.distanceM === undefined) return [];
        const error = (reading.distanceM * reading.scale) / base - 1;
        const isSure = sure && reading.sure;
        return Math.abs(error) <= SCALE_TOLERANCE
          ? []
          : [{ file, scale: reading.scale, error, sure: isSure }];
      }),
    )
    .sort((a, b) => Math.abs(b.error) - Math.abs(a.error));
}

/** A reading beside what the tape said, metres. */
export interface TapedReading {
  readonly file: string;
  readonly truthM: number;
  readonly distance: { readonly distanceM: number; readonly minM: number; readonly maxM: number } | undefined;
}

export interface TapeFigures {
  readonly pictures: number;
  readonly notRead: number;
  /** Readings whose interval holds the truth. */
  readonly intervalHolds: CountedRate | null;
  /** Mean of (reading − truth) / truth: what a calibration would take away. */
  readonly bias: number | null;
  /** Mean of its absolute value. */
  readonly meanError: number | null;
}

export function tapeFigures(readings: readonly TapedReading[]): TapeFigures {
  const read = readings.flatMap(({ truthM, distance }) =>
    distance === undefined ? [] : [{ truthM, ...distance }],
  );
  const errors = read.map(({ truthM, distanceM }) => distanceM / truthM - 1);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    pictures: readings.length,
    notRead: readings.length - read.length,
    intervalHolds: counted(read.map(({ truthM, minM, maxM }) => minM <= truthM && truthM <= maxM)),
    bias: mean(errors),
    meanError: mean(errors.map(Math.abs)),
  };
}
