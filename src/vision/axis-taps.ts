/** Source pixels averaged along each axis, at most: beyond a factor of 4 some are left out. */
const MAX_TAPS = 4;

/** Which source pixels make up each destination pixel along one axis. */
export interface AxisTaps {
  /** Source pixels for each destination pixel. */
  readonly count: number;
  /** `count` source pixels for each destination pixel, 0 … source length − 1. */
  readonly pixels: Int32Array;
  /** How much each counts: they add up to 1, or are all 0 for a destination pixel outside the source. */
  readonly weights: Float32Array;
}

/**
 * Bilinear, for a scale (source pixels per destination pixel) up to about 1.5: destination pixel n looks at
 * scale·(n + 0.5) + shift, and pixel centres lie at half-integers on both sides. The edge pixels reach half a pixel
 * further, as if repeated.
 */
export function bilinearTaps(scale: number, shift: number, length: number, sourceLength: number): AxisTaps {
  const taps = emptyTaps(2, length);
  for (let n = 0; n < length; n++) {
    const centre = scale * (n + 0.5) + shift;
    if (!(centre >= 0 && centre <= sourceLength)) continue;
    const position = Math.min(sourceLength - 1, Math.max(0, centre - 0.5));
    const first = Math.floor(position);
    taps.pixels[2 * n] = first;
    taps.pixels[2 * n + 1] = Math.min(sourceLength - 1, first + 1);
    taps.weights[2 * n] = 1 - (position - first);
    taps.weights[2 * n + 1] = position - first;
  }
  return taps;
}

/**
 * For a scale of about 1.5 and more: the mean of 2 to 4 whole source pixels, evenly spread over what destination pixel
 * n covers, scale·n + shift to scale·(n + 1) + shift. Exact area weights cost more taps, and the labelled pairs lost
 * no face by whole pixels.
 */
export function meanTaps(scale: number, shift: number, length: number, sourceLength: number): AxisTaps {
  const count = Math.min(MAX_TAPS, Math.max(2, Math.floor(scale)));
  const taps = emptyTaps(count, length);
  for (let n = 0; n < length; n++) {
    const pixelOf = (k: number) => Math.floor(scale * (n + (k + 0.5) / count) + shift);
    if (!(pixelOf(0) >= 0 && pixelOf(count - 1) < sourceLength)) continue;
    for (let k = 0; k < count; k++) taps.pixels[n * count + k] = pixelOf(k);
    taps.weights.fill(1 / count, n * count, (n + 1) * count);
  }
  return taps;
}

function emptyTaps(count: number, length: number): AxisTaps {
  return { count, pixels: new Int32Array(length * count), weights: new Float32Array(length * count) };
}
