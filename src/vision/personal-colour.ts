import type { Point, RgbImage } from '../core/image.ts';
import { type Lab, type LinearRgb, labOf, luminance, meanColour, scaled } from './colour.ts';
import { colourAt, coloursIn } from './region.ts';

export type Tone = 'spring warm' | 'summer cool' | 'autumn warm' | 'winter cool';

/** Mesh indices (MediaPipe canonical face model): between lower lid, nose and jaw, right and left of the subject. */
const CHEEKS = [
  [50, 101, 117, 118, 123, 187, 205, 36],
  [280, 330, 346, 347, 352, 411, 425, 266],
] as const;
/** Fewer are no colour but noise: a face about 40 px wide. */
const MIN_CHEEK_PIXELS = 40;
/** Part of the cheeks' pixels, by brightness, that is read: neither shadow, beard and hair nor shine. */
const SKIN = { from: 0.25, to: 0.85 };

/** Grey world: what all things together reflect; middle grey. */
const MIDDLE_GREY = 0.18;
/** Pixels along each side that the picture's mean is taken over. */
const GREY_SAMPLES = 128;

/**
 * Between the cheeks of people called warm, b* 11.65, and of those called cool, 4.64 (the reference values of the open
 * project ShowMeTheColor).
 */
const WARM_FROM_B = (11.65 + 4.64) / 2;

/**
 * What is light and soft on one side, deep and rich on the other: lightness and chroma against the median of warm and
 * of cool faces, each in units of its interquartile range, over 259 photographs of LFW balanced as here: `node --import tsx scripts/measure-tones.ts ../shared/faces/lfw`.
 */
export const SPLIT = {
  warm: { lightness: { median: 57.6, range: 19.7 }, chroma: { median: 18.2, range: 8.8 } },
  cool: { lightness: { median: 67.4, range: 19.4 }, chroma: { median: 7.5, range: 5.5 } },
} as const;

/**
 * The colour of the cheeks as it would be under white light; undefined when they are too small or not in the picture.
 * White is found by the grey-world rule (Buchsbaum 1980), channel by channel in linear light: another colour or
 * strength of the light changes nothing as long as no channel clips, while a picture that is all of one colour
 * misleads it.
 */
export function skinColour(image: RgbImage, mesh: readonly Point[]): Lab | undefined {
  const cheeks = CHEEKS.flatMap((indices) =>
    coloursIn(
      image,
      indices.map((i) => mesh[i] as Point),
    ),
  );
  const grey = meanOfPicture(image);
  if (cheeks.length < MIN_CHEEK_PIXELS || !(Math.min(grey.r, grey.g, grey.b) > 0)) return undefined;
  const balance = { r: MIDDLE_GREY / grey.r, g: MIDDLE_GREY / grey.g, b: MIDDLE_GREY / grey.b };
  const sorted = cheeks
    .map((colour) => scaled(colour, balance))
    .sort((one, other) => luminance(one) - luminance(other));
  const skin = sorted.slice(Math.floor(SKIN.from * sorted.length), Math.ceil(SKIN.to * sorted.length));
  return labOf(meanColour(skin));
}

/** Warm or cool by b*; then the light and soft of each from the deep and rich, by lightness and chroma. */
export function toneOf(skin: Lab): Tone {
  const warm = isWarm(skin);
  const { lightness, chroma } = SPLIT[warm ? 'warm' : 'cool'];
  const light = (skin.l - lightness.median) / lightness.range;
  const rich = (chromaOf(skin) - chroma.median) / chroma.range;
  if (warm) return light > rich ? 'spring warm' : 'autumn warm';
  return light > rich ? 'summer cool' : 'winter cool';
}

/** So near another tone that a change of light may well give that one: b* units, and interquartile ranges. */
const NEAR = { b: 0.7, split: 0.1 };

/** Whether the colour lies well inside its tone. */
export function isClear(skin: Lab): boolean {
  const { lightness, chroma } = SPLIT[isWarm(skin) ? 'warm' : 'cool'];
  const split =
    (skin.l - lightness.median) / lightness.range - (chromaOf(skin) - chroma.median) / chroma.range;
  return Math.abs(skin.b - WARM_FROM_B) >= NEAR.b && Math.abs(split) >= NEAR.split;
}

export function isWarm(skin: Lab): boolean {
  return skin.b >= WARM_FROM_B;
}

export function chromaOf({ a, b }: Lab): number {
  return Math.hypot(a, b);
}

function meanOfPicture(image: RgbImage): LinearRgb {
  const stepX = Math.max(1, Math.floor(image.width / GREY_SAMPLES));
  const stepY = Math.max(1, Math.floor(image.height / GREY_SAMPLES));
  const colours: LinearRgb[] = [];
  for (let y = 0; y < image.height; y += stepY) {
    for (let x = 0; x < image.width; x += stepX) colours.push(colourAt(image, x, y));
  }
  return meanColour(colours);
}
