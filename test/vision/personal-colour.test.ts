import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point, RgbImage } from '../../src/core/image.ts';
import { LINEAR, labOf } from '../../src/vision/colour.ts';
import { isClear, SPLIT, skinColour, toneOf } from '../../src/vision/personal-colour.ts';
import { coloursIn } from '../../src/vision/region.ts';

type Rgb = readonly [number, number, number];

function near(actual: number, expected: number, tolerance: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, not ${expected}`);
}

/** Lab of an sRGB colour, in reference values computed from the CIE definitions (two decimals). */
test('Lab of the sRGB primaries, white and middle grey', () => {
  const table: [Rgb, Rgb][] = [
    [
      [255, 255, 255],
      [100, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [255, 0, 0],
      [53.24, 80.09, 67.2],
    ],
    [
      [0, 255, 0],
      [87.73, -86.18, 83.18],
    ],
    [
      [0, 0, 255],
      [32.3, 79.19, -107.86],
    ],
    [
      [119, 119, 119],
      [50.03, 0, 0],
    ],
  ];
  for (const [rgb, [l, a, b]] of table) {
    const [red, green, blue] = rgb.map((v) => LINEAR[v] as number) as [number, number, number];
    const lab = labOf({ r: red, g: green, b: blue });
    near(lab.l, l, 0.02, `L of ${rgb}`);
    near(lab.a, a, 0.02, `a of ${rgb}`);
    near(lab.b, b, 0.02, `b of ${rgb}`);
  }
});

/** A picture half grey, half skin; the mesh spans the skin. */
function portrait(skin: Rgb, light: Rgb = [1, 1, 1]): { image: RgbImage; mesh: Point[] } {
  const [width, height] = [200, 200];
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    // a scene that is grey on average: what the skin has too much of, the rest has too little of
    const colour = i % width < 100 ? skin : skin.map((v) => inverse(2 * 0.3 - (LINEAR[v] as number)));
    data.set(
      colour.map((v, c) => inverse((LINEAR[v] as number) * (light[c] as number))),
      i * 3,
    );
  }
  const mesh = Array.from({ length: 468 }, (_, i) => ({ x: 5 + ((i * 7) % 90), y: 5 + ((i * 13) % 190) }));
  return { image: { width, height, data }, mesh };
}

/** Linear light → sRGB byte. */
function inverse(v: number): number {
  const clipped = Math.min(1, Math.max(0, v));
  return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
}

const LIGHTS: Rgb[] = [
  [1, 0.75, 0.5],
  [0.7, 0.9, 1],
  [0.4, 0.4, 0.4],
];
const SKINS: Rgb[] = [
  [228, 180, 150],
  [180, 140, 125],
  [150, 140, 140],
  [120, 80, 60],
];

test('the skin under another light is the same skin', () => {
  for (const skin of SKINS) {
    const { image, mesh } = portrait(skin);
    const white = skinColour(image, mesh);
    assert.ok(white !== undefined);
    for (const light of LIGHTS) {
      const other = skinColour(portrait(skin, light).image, mesh);
      assert.ok(other !== undefined);
      for (const key of ['l', 'a', 'b'] as const)
        near(other[key], white[key], 0.8, `${key} of ${skin} under ${light}`);
    }
  }
});

test('warm or cool by b*, light and soft or deep and rich by lightness and chroma', () => {
  const { warm, cool } = SPLIT;
  const tone = (l: number, chroma: number, b: number) => toneOf({ l, a: Math.sqrt(chroma ** 2 - b ** 2), b });
  const [w, c] = [warm.chroma.median, cool.chroma.median];
  assert.equal(tone(warm.lightness.median + 5, w, 9), 'spring warm');
  assert.equal(tone(warm.lightness.median - 5, w, 9), 'autumn warm');
  assert.equal(tone(warm.lightness.median, w + 2, 9), 'autumn warm');
  assert.equal(tone(cool.lightness.median + 5, c, 3), 'summer cool');
  assert.equal(tone(cool.lightness.median - 5, c, 3), 'winter cool');
  assert.equal(tone(cool.lightness.median, c + 2, 3), 'winter cool');
  assert.equal(toneOf({ l: 60, a: 20, b: 8.15 }).split(' ')[1], 'warm');
  assert.equal(toneOf({ l: 60, a: 20, b: 8.14 }).split(' ')[1], 'cool');
});

test('cheeks that are too small, outside the picture, or in the dark have no colour', () => {
  const { image, mesh } = portrait([200, 160, 140]);
  const moved = (scale: number, by: number) =>
    mesh.map(({ x, y }) => ({ x: x * scale + by, y: y * scale + by }));
  assert.equal(skinColour(image, moved(0.03, 10)), undefined);
  assert.equal(skinColour(image, moved(1, 500)), undefined);
  assert.equal(skinColour(image, moved(Number.NaN, 0)), undefined);
  const dark = { ...image, data: new Uint8Array(image.data.length) };
  assert.equal(skinColour(dark, mesh), undefined);
});

test('a region is the pixels inside the hull, whatever the order of its points', () => {
  const data = new Uint8Array(20 * 20 * 3).map((_, i) => (Math.floor(i / 3) % 20 < 10 ? 255 : 0));
  const image = { width: 20, height: 20, data };
  const corners = [
    { x: 2, y: 2 },
    { x: 8, y: 8 },
    { x: 8, y: 2 },
    { x: 5, y: 5 },
    { x: 2, y: 8 },
  ];
  const inside = coloursIn(image, corners);
  assert.equal(inside.length, 36);
  assert.ok(inside.every(({ r }) => r === 1));
  const both = coloursIn(image, [
    { x: 8, y: 2 },
    { x: 12, y: 2 },
    { x: 8, y: 6 },
    { x: 12, y: 6 },
  ]);
  assert.deepEqual([both.length, both.filter(({ r }) => r === 1).length], [16, 8]);
});

test('a colour near another tone is not clear', () => {
  const { lightness, chroma } = SPLIT.warm;
  const skin = (l: number, b: number) => ({ l, a: Math.sqrt(chroma.median ** 2 - b ** 2), b });
  assert.equal(isClear(skin(lightness.median + 10, 12)), true);
  assert.equal(isClear(skin(lightness.median - 10, 12)), true);
  assert.equal(isClear(skin(lightness.median + 0.5, 12)), false, 'between spring and autumn');
  assert.equal(isClear(skin(lightness.median + 10, 8.3)), false, 'between warm and cool');
});
