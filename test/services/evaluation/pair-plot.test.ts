import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pairPlot, rocPoints } from '../../../src/services/evaluation/pair-plot.ts';

const score = fc.integer({ min: -20, max: 20 }).map((step) => step / 20);

test('the ROC climbs from its strictest threshold to everything matched', () => {
  fc.assert(
    fc.property(
      fc.array(score, { minLength: 1 }),
      fc.array(score, { minLength: 1 }),
      (genuine, impostors) => {
        const points = rocPoints(genuine, impostors);
        points.forEach((point, i) => {
          const before = points[i - 1] ?? { fmr: 0, tmr: 0 };
          assert.ok(point.fmr >= before.fmr && point.tmr >= before.tmr);
        });
        assert.deepEqual(points.at(-1), { fmr: 1, tmr: 1 });
      },
    ),
  );
});

test('the drawing is well formed, names its data, and no name of a file breaks it', () => {
  const pairs = [0.9, 0.7, 0.1, -1].map((similarity, i) => ({ same: i < 2, similarity, failed: i === 3 }));
  const svg = pairPlot(pairs, { title: 'a <b> & c', threshold: 0.41 });
  assert.match(svg, /a &lt;b&gt; &amp; c/);
  assert.match(svg, /different people \(2\)/);
  assert.match(svg, /the same person \(2\)/);
  assert.match(svg, /threshold 0\.41/);
  assert.equal(svg.match(/NaN|undefined|Infinity/), null);
});

test('only one kind of pairs draws as well', () => {
  assert.equal(pairPlot([], { title: '', threshold: 0 }).match(/NaN|Infinity/), null);
});
