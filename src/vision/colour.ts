/** Linear light, 0 … 1 for what sRGB can show; may go beyond. */
export interface LinearRgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** CIE 1976 L*a*b* for a white of D65. */
export interface Lab {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

/** sRGB byte → linear light (IEC 61966-2-1). */
export const LINEAR: Float64Array = Float64Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** D65 for the 2° observer, as the matrix below gives it for r = g = b = 1. */
const WHITE = { x: 0.95047, y: 1, z: 1.08883 };

/** Linear sRGB → Lab (matrix of IEC 61966-2-1, formulas of CIE 15). */
export function labOf({ r, g, b }: LinearRgb): Lab {
  const x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE.x);
  const y = curve((0.2126729 * r + 0.7151522 * g + 0.072175 * b) / WHITE.y);
  const z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE.z);
  return { l: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z) };
}

function curve(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
}

/** Relative luminance of linear sRGB, 0 … 1. */
export function luminance({ r, g, b }: LinearRgb): number {
  return 0.2126729 * r + 0.7151522 * g + 0.072175 * b;
}

/** Each channel by its own factor: how a change of the light, or its correction, acts (von Kries). */
export function scaled(colour: LinearRgb, by: LinearRgb): LinearRgb {
  return { r: colour.r * by.r, g: colour.g * by.g, b: colour.b * by.b };
}

export function meanColour(colours: readonly LinearRgb[]): LinearRgb {
  let [r, g, b] = [0, 0, 0];
  for (const colour of colours) {
    r += colour.r;
    g += colour.g;
    b += colour.b;
  }
  const n = colours.length;
  return { r: r / n, g: g / n, b: b / n };
}
