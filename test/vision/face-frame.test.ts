import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFramed } from '../../src/vision/face-frame.ts';

const PICTURE = { width: 640, height: 480 };
const FACE = { x: 280, y: 190, width: 70, height: 90 };
const CENTRE = { x: 315, y: 235 };

interface Scene {
  /** Half the sheet's sides, px. */
  readonly half?: readonly [number, number];
  readonly turnedDeg?: number;
  readonly inside?: number;
  readonly outside?: number;
  /** Half the width of a body that stands before everything, its round shoulders 50 px below the face's centre. */
  readonly body?: number;
  /** Rows of black above and below. */
  readonly bars?: number;
}

/** A sheet of one brightness on a ground of another, around the face. */
function picture({ half = [120, 140], turnedDeg = 0, inside = 170, outside = 90, body, bars = 0 }: Scene) {
  const { width, height } = PICTURE;
  const data = new Uint8Array(width * height * 3);
  const [cos, sin] = [Math.cos((turnedDeg * Math.PI) / 180), Math.sin((turnedDeg * Math.PI) / 180)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - CENTRE.x, y - CENTRE.y];
      const onSheet = Math.abs(dx * cos + dy * sin) <= half[0] && Math.abs(dy * cos - dx * sin) <= half[1];
      const isBody = body !== undefined && Math.hypot(dx / body, (dy - 170) / 120) < 1;
      const isBar = y < bars || y >= height - bars;
      const shade = isBar ? 0 : isBody ? 60 : onSheet ? inside : outside;
      data.fill(shade, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { ...PICTURE, data };
}

const framed = (scene: Scene) => isFramed(picture(scene), FACE);

test('a sheet or a screen around the face is seen, brighter or darker than what is behind it, and turned', () => {
  assert.ok(framed({}));
  assert.ok(framed({ inside: 60, outside: 200 }));
  for (const turnedDeg of [-24, -10, 5, 18]) assert.ok(framed({ turnedDeg }), `${turnedDeg}°`);
});

test('the same frame behind somebody is interrupted by the body and no frame of the face', () => {
  assert.ok(!framed({ body: 110 }));
  assert.ok(!framed({ body: 60 }));
});

test('edges that are faint, too far away, too near or outside the picture frame nothing', () => {
  assert.ok(!framed({ inside: 100, outside: 92 }));
  assert.ok(!framed({ half: [240, 230] }));
  assert.ok(!framed({ half: [36, 48] }));
  assert.ok(!framed({ half: [400, 300] }));
});

test('two sides are no frame, whichever they are', () => {
  assert.ok(!framed({ half: [400, 140] }));
  assert.ok(!framed({ half: [120, 400] }));
});

test('black bars above and below belong to no picture', () => {
  const bars = { inside: 90, outside: 90, bars: 110 };
  assert.ok(!framed(bars));
  const doorway = { half: [120, 400] as const, bars: 110 };
  assert.ok(!framed(doorway));
});

test('a box that overhangs, lies outside or is no number frames nothing and does not fail', () => {
  const image = picture({});
  for (const change of [
    { x: -30 },
    { x: 700 },
    { y: -4_000 },
    { width: 0 },
    { width: Number.NaN },
    { height: Number.NaN },
    { height: 1e9 },
    { width: 5_000 },
  ]) {
    assert.equal(isFramed(image, { ...FACE, ...change }), false, JSON.stringify(change));
  }
});
