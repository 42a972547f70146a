import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectionFigures } from '../../../src/services/evaluation/detection-figures.ts';

const picture = (expected: number, found: number) => ({ file: 'a', source: 's', expected, found });

test('faces found, missed and invented', () => {
  const figures = detectionFigures([picture(1, 1), picture(4, 2), picture(0, 1), picture(1, 3)]);
  assert.deepEqual([figures.recall?.hits, figures.recall?.trials], [4, 6]);
  assert.equal(figures.falseFaces, 3);
  assert.equal(figures.picturesWithFalseFaces?.hits, 2);
});

test('without faces there is no recall', () => {
  assert.equal(detectionFigures([picture(0, 0)]).recall, null);
});
