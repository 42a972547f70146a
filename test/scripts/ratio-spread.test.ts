import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, spreadWithin } from '../../scripts/ratio-spread.ts';

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test("what changes from picture to picture is told from what is a person's own", () => {
  // twenty people 0.07 to either side of the mean, four pictures each, 0.05 to either side of their own
  const values = Array.from({ length: 20 }, (_, person) =>
    [1, -1, 1, -1].map((sign) => ({
      person: `${person}`,
      value: (person % 2 === 0 ? 0.07 : -0.07) + 0.05 * sign,
    })),
  ).flat();
  const { within, low, high, between, people, pictures } = spreadWithin(values);
  assert.deepEqual([people, pictures], [20, 80]);
  near(within, 0.05 * Math.sqrt(4 / 3), 1e-12);
  assert.ok(low < within && within < high);
  near(between, Math.sqrt((0.07 ** 2 * 20) / 19 - within ** 2 / 4), 1e-9);
});

test('people with one picture tell nothing of the change from picture to picture', () => {
  const values = [0, 0.1].map((value) => ({ person: 'a', value }));
  const more = [...values, { person: 'b', value: 0.4 }, { person: 'c', value: -0.3 }];
  assert.equal(spreadWithin(more).within, spreadWithin(values).within);
  assert.equal(spreadWithin(more).people, 1);
});

test('bounds of 95 % as the tables have them: 17 degrees of freedom, 0.750 to 1.499 of the deviation', () => {
  const values = Array.from({ length: 18 }, (_, i) => ({ person: 'a', value: i % 2 }));
  const { within, low, high } = spreadWithin(values);
  near(low / within, 0.75, 0.005);
  near(high / within, 1.499, 0.01);
});

test('a ratio is told by its median and quantiles', () => {
  assert.equal(describe([Math.log(2), Math.log(1), Math.log(4)]), 'median 2.000, 5 % 1.000, 95 % 4.000');
});
