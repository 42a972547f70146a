import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cosine, normalise } from '../../../src/core/embedding.ts';
import { personTemplate } from '../../../src/services/recognition/person-template.ts';

const LENGTH = 16;
const noise = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: LENGTH, maxLength: LENGTH })
  .map((values) => Float32Array.from(values));
/** A picture of whom `axis` stands for: cosines of two of one person are 0.5 and more, of two people about 0. */
const picture = (axis: number) =>
  noise.map((values) => normalise(values.map((value, i) => (i === axis ? 1 : 0) + 0.12 * value)));

test('one picture is compared as it is; without any there is nothing to compare', () => {
  const one = normalise(Float32Array.from({ length: LENGTH }, (_, i) => i + 1));
  assert.deepEqual(personTemplate([one]), one);
  assert.equal(personTemplate([]), undefined);
});

test('several pictures of one person: a vector of length 1 that is like all of them, in any order', () => {
  fc.assert(
    fc.property(fc.array(picture(3), { minLength: 2, maxLength: 8 }), (pictures) => {
      const template = personTemplate(pictures) as Float32Array;
      assert.ok(Math.abs(Math.hypot(...template) - 1) < 1e-5);
      const least = Math.min(...pictures.flatMap((a) => pictures.map((b) => cosine(a, b))));
      for (const each of pictures) assert.ok(cosine(template, each) >= least - 1e-5);
      const reversed = personTemplate(pictures.toReversed()) as Float32Array;
      assert.ok(cosine(template, reversed) > 1 - 1e-5);
    }),
  );
});

test('a picture of somebody else among three or more changes nothing, wherever it lies', () => {
  const scenario = fc.record({
    own: fc.array(picture(3), { minLength: 2, maxLength: 6 }),
    wrong: picture(9),
    at: fc.nat(6),
  });
  fc.assert(
    fc.property(scenario, ({ own, wrong, at }) => {
      const template = personTemplate(own.toSpliced(at, 0, wrong)) as Float32Array;
      assert.ok(cosine(template, personTemplate(own) as Float32Array) > 1 - 1e-5);
      assert.ok(cosine(template, wrong) < 0.5);
    }),
  );
});

test('two pictures that disagree count alike', () => {
  const [a, b] = [3, 9].map((axis) => Float32Array.from({ length: LENGTH }, (_, i) => (i === axis ? 1 : 0)));
  const both = personTemplate([a, b] as Float32Array[]) as Float32Array;
  assert.ok(Math.abs(cosine(both, a as Float32Array) - Math.SQRT1_2) < 1e-6);
});

test('pictures that compare with nothing are left out', () => {
  const good = Float32Array.from({ length: LENGTH }, (_, i) => (i === 3 ? 1 : 0));
  const broken = new Float32Array(LENGTH).fill(Number.NaN);
  assert.deepEqual(personTemplate([broken, good]), good);
  assert.equal(personTemplate([broken]), undefined);
});

test('opposites have nothing in common: whoever is enrolled so is compared with nobody', () => {
  const [one, opposite] = [Float32Array.of(0, 1, 0), Float32Array.of(0, -1, 0)];
  assert.equal(personTemplate([one, opposite]), undefined);
});
