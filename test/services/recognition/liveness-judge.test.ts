import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Model } from '../../../src/core/ports/inference.ts';
import { LivenessJudge } from '../../../src/services/recognition/liveness-judge.ts';
import { MINIFASNET_INPUT } from '../../fixtures/minifasnet-input.ts';

const PICTURE = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3).fill(90) };
const BOX = { x: 250, y: 150, width: 100, height: 130 };

function network(logits: readonly number[]): Model {
  return {
    inputs: [{ name: 'input', dims: [1, 3, 80, 80] }],
    outputs: ['logits'],
    run: async () => ({ logits: { dims: [1, 3], data: Float32Array.from(logits) } }),
    close: async () => undefined,
  };
}

function judgeOf(first: readonly number[], second: readonly number[], liveClass = 1): LivenessJudge {
  const models = new Map([
    ['a', network(first)],
    ['b', network(second)],
  ]);
  const spec = {
    kind: 'minifasnet' as const,
    liveClass,
    models: [
      { model: 'a', input: MINIFASNET_INPUT, boxScale: 2.7 },
      { model: 'b', input: MINIFASNET_INPUT, boxScale: 4 },
    ],
  };
  return new LivenessJudge(spec, (id) => models.get(id) as Model);
}

test('the live class after softmax, averaged over the networks', async () => {
  const look = await judgeOf([0, Math.log(2), 0], [0, Math.log(8), 0]).judge(PICTURE, BOX);
  assert.ok(look !== undefined && Math.abs(look.live - (0.5 + 0.8) / 2) < 1e-6);
  assert.equal(look.framed, false);
});

test('large logits do not overflow', async () => {
  assert.equal((await judgeOf([0, 1_000, 0], [0, 1_000, 0]).judge(PICTURE, BOX))?.live, 1);
});

test('a network that answers no number, or too few of them, has judged nothing', async () => {
  assert.equal(await judgeOf([0, Number.NaN, 0], [0, 5, 0]).judge(PICTURE, BOX), undefined);
  assert.equal(await judgeOf([Number.NaN, 5, 0], [0, 5, 0]).judge(PICTURE, BOX), undefined);
  assert.equal(await judgeOf([0, 5, 0], [0, Number.POSITIVE_INFINITY, 0]).judge(PICTURE, BOX), undefined);
  assert.equal(await judgeOf([], [0, 5, 0]).judge(PICTURE, BOX), undefined);
  assert.equal(await judgeOf([0, 5, 0], [0, 5, 0], 7).judge(PICTURE, BOX), undefined);
});

test('a box that is no face of the picture is not judged, whatever the networks would say', async () => {
  const judge = judgeOf([0, 50, 0], [0, 50, 0]);
  assert.equal((await judge.judge(PICTURE, BOX))?.live, 1);
  for (const change of [
    { x: Number.NaN },
    { y: -4_000 },
    { width: 0 },
    { width: Number.POSITIVE_INFINITY },
    { x: 900 },
    { height: 5_000 },
    { width: 3, height: 3 },
  ]) {
    assert.equal(await judge.judge(PICTURE, { ...BOX, ...change }), undefined, JSON.stringify(change));
  }
});

test('a face with straight edges all round it must look clearly live', async () => {
  const data = new Uint8Array(PICTURE.data);
  for (let y = 60; y < 380; y++) data.fill(190, (y * 640 + 170) * 3, (y * 640 + 430) * 3);
  const sheet = { ...PICTURE, data };
  for (const [logit, live] of [
    [Math.log(2), 0.1],
    [50, 0.6],
    [-50, 0],
  ] as const) {
    const look = await judgeOf([0, logit, 0], [0, logit, 0]).judge(sheet, BOX);
    assert.ok(look?.framed && Math.abs(look.live - live) < 1e-6, JSON.stringify(look));
  }
});
