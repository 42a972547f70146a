// The same picture in worse light, or through a worse camera.
import type { Box, RgbImage } from '../../src/core/image.ts';
import { randomOf } from './prints.ts';

type Change = (picture: RgbImage, face: Box) => RgbImage;

/** Two stops in linear light are about a factor of 0.53 in the values of a picture (gamma 2.2). */
const stops = (ev: number): Change => gained(2 ** (ev / 2.2));

function gained(factor: number): Change {
  return (picture) => ({ ...picture, data: picture.data.map((value) => Math.min(255, value * factor)) });
}

/** Independent noise of this standard deviation in every value. */
function noisy(sigma: number): Change {
  return (picture) => {
    const random = randomOf(5);
    const gauss = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
    return {
      ...picture,
      data: picture.data.map((value) => Math.max(0, Math.min(255, value + sigma * gauss()))),
    };
  };
}

/** The mean of nine pixels: what a soft lens leaves, or what would take noise away. */
const soft: Change = ({ width, height, data }) => {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let [sum, n] = [0, 0];
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++, n++) {
            sum += data[(v * width + u) * 3 + c] as number;
          }
        }
        out[(y * width + x) * 3 + c] = sum / n;
      }
    }
  }
  return { width, height, data: out };
};

/** A face darker than 80 on average is brightened to it: what was tried to help in the dark. */
const brightened: Change = (picture, box) => {
  let [sum, n] = [0, 0];
  const [right, bottom] = [
    Math.min(picture.width, box.x + box.width),
    Math.min(picture.height, box.y + box.height),
  ];
  for (let y = Math.max(0, Math.floor(box.y)); y < bottom; y += 2) {
    for (let x = Math.max(0, Math.floor(box.x)); x < right; x += 2, n++) {
      const p = (y * picture.width + x) * 3;
      const [r, g, b] = picture.data.subarray(p, p + 3) as unknown as [number, number, number];
      sum += 0.299 * r + 0.587 * g + 0.114 * b;
    }
  }
  return gained(Math.max(1, Math.min(4, (80 * n) / sum)))(picture, box);
};

const both =
  (first: Change, second: Change): Change =>
  (picture, box) =>
    second(first(picture, box), box);

export const LIGHTS: Readonly<Record<string, Change>> = {
  'as it is': (picture) => picture,
  'one stop less': stops(-1),
  'two stops less': stops(-2),
  'three stops less': stops(-3),
  'one stop more': stops(1),
  'soft (3×3 mean)': soft,
  'noise of 8 levels': noisy(8),
  'noise of 16 levels': noisy(16),
  'three stops less, noise of 5': both(stops(-3), noisy(5)),
  'the same, brightened again': both(both(stops(-3), noisy(5)), brightened),
  'noise of 8 levels, 3×3 mean': both(noisy(8), soft),
};
