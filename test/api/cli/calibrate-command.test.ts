import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../../../src/api/cli/parse.ts';
import { LimenError } from '../../../src/core/errors.ts';

const read = (line: string) => parse(line.split(' '));
const person = { gallery: 'default', id: 'anna' };

for (const [line, verb, args] of [
  ['calibrate distance --metres 1.5', 'calibrateDistance', { metres: 1.5 }],
  [
    'calibrate distance --door yard --metres 1 --ipd 62',
    'calibrateDistance',
    { metres: 1, door: 'yard', ipdMm: 62 },
  ],
  ['enroll default/anna --camera front', 'enroll', { person, images: [], camera: 'front', force: false }],
] as const) {
  test(`limen ${line}`, () => {
    assert.deepEqual(read(line), {
      kind: 'invocation',
      invocation: { verb, args: { json: false, ...args } },
    });
  });
}

for (const line of [
  'calibrate distance',
  'calibrate distance --metres far',
  'calibrate distance --metres 0',
  'calibrate distance --metres 1 --ipd 6',
  'enroll default/anna',
  'enroll default/anna a.jpg --camera front',
]) {
  test(`limen ${line} is refused`, () => {
    assert.throws(
      () => read(line),
      (error) => error instanceof LimenError && error.code === 'usage',
    );
  });
}
