import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cosine, normalise } from '../../../src/core/embedding.ts';
import type { Person } from '../../../src/core/person.ts';
import { GalleryIndex } from '../../../src/services/recognition/gallery-index.ts';
import { personTemplate } from '../../../src/services/recognition/person-template.ts';

const MODEL = 'm1';
const LENGTH = 8;

function person(gallery: string, id: string, ...embeddings: Float32Array[]): Person {
  return {
    gallery,
    id,
    createdAt: '2026-01-01T00:00:00.000Z',
    enabled: true,
    faces: embeddings.map((embedding, i) => ({
      faceId: `${i + 1}`,
      modelId: MODEL,
      embedding,
      quality: 1,
      liveness: 'not_assessed' as const,
      createdAt: '2026-01-01T00:00:00.000Z',
    })),
  };
}

const vector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: LENGTH, maxLength: LENGTH })
  .filter((v) => v.some((x) => Math.abs(x) > 0.01))
  .map((v) => normalise(Float32Array.from(v)));

type Step = { kind: 'put'; id: string; faces: Float32Array[] } | { kind: 'remove'; id: string };
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id, faces: fc.array(vector, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('remove' as const), id }),
);

test('after any puts and removals the answer is that of a plain search over everybody', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), vector, (steps, probe) => {
      const index = new GalleryIndex(MODEL, LENGTH);
      const truth = new Map<string, Person>();
      for (const change of steps) {
        if (change.kind === 'put') {
          const somebody = person('default', change.id, ...change.faces);
          truth.set(change.id, somebody);
          index.put(somebody);
        } else {
          truth.delete(change.id);
          index.remove({ gallery: 'default', id: change.id });
        }
      }
      const scores = [...truth.values()]
        .flatMap(({ id, faces }) => {
          const template = personTemplate(faces.map(({ embedding }) => embedding));
          return template === undefined ? [] : [{ id, score: cosine(template, probe) }];
        })
        .sort((x, y) => y.score - x.score);
      const found = index.identify(probe);
      assert.equal(index.size, truth.size);
      if (scores[0] === undefined) assert.equal(found, null);
      else {
        assert.ok(found && Math.abs(found.score - scores[0].score) < 1e-6);
        assert.ok(Math.abs(found.margin - (scores[0].score - (scores[1]?.score ?? -1))) < 1e-6);
      }
    }),
  );
});

test('templates of another model, or of another length, are never compared; their owners are named', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  const unit = normalise(new Float32Array(LENGTH).fill(1));
  const old = person('default', 'old', unit);
  index.put({ ...old, faces: old.faces.map((face) => ({ ...face, modelId: 'another' })) });
  index.put(person('default', 'short', normalise(new Float32Array(4).fill(1))));
  assert.equal(index.identify(unit), null);
  assert.deepEqual(
    index.skipped.map((ref) => ref.id),
    ['old', 'short'],
  );
});

test('a search in one gallery does not see the others', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  const unit = normalise(new Float32Array(LENGTH).fill(1));
  index.put(person('default', 'anna', unit));
  assert.equal(index.identify(unit, { gallery: 'staff' }), null);
  assert.equal(index.identify(unit, { gallery: 'default' })?.person.id, 'anna');
});

test('the runner-up is another person, not another picture of the same one', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  const unit = normalise(Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0]));
  const near = normalise(Float32Array.from([1, 0.1, 0, 0, 0, 0, 0, 0]));
  const far = normalise(Float32Array.from([0, 1, 0, 0, 0, 0, 0, 0]));
  index.put(person('default', 'anna', near, unit));
  index.put(person('default', 'bert', far));
  const found = index.identify(unit);
  assert.ok(found && Math.abs(found.margin - found.score) < 1e-6 && found.score > 0.99);
});

test('a person is compared by what the pictures have in common, and by what is left of them', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  const [one, other] = [0, 1].map((axis) =>
    normalise(Float32Array.from({ length: LENGTH }, (_, i) => (i === axis ? 0.6 : i === 2 ? 0.8 : 0))),
  ) as [Float32Array, Float32Array];
  const anna = person('default', 'anna', one, other);
  index.put(anna);
  const both = (0.64 + 1) / Math.sqrt(2 * 1.64);
  assert.ok(Math.abs((index.similarity(one, anna) ?? 0) - both) < 1e-6);
  assert.ok(Math.abs((index.identify(other)?.score ?? 0) - both) < 1e-6);
  index.put({ ...anna, faces: anna.faces.slice(0, 1) });
  assert.ok(Math.abs((index.similarity(one, anna) ?? 0) - 1) < 1e-6);
  assert.ok(Math.abs((index.similarity(other, anna) ?? 0) - 0.64) < 1e-6);
  index.put({ ...anna, faces: [] });
  assert.equal(index.similarity(one, anna), undefined);
  assert.equal(index.identify(one), null);
});

test('a NaN embedding matches nobody above any threshold', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  index.put(person('default', 'anna', normalise(new Float32Array(LENGTH).fill(1))));
  const found = index.identify(new Float32Array(LENGTH).fill(Number.NaN));
  assert.ok(found === null || !(found.score >= -1));
});

test('by id, whoever has the same id in another gallery is no runner-up, in any order of enrolment', () => {
  const who = fc.record({
    gallery: fc.constantFrom('g', 'h'),
    id: fc.constantFrom('a', 'b', 'c'),
    faces: vector,
  });
  fc.assert(
    fc.property(fc.array(who, { minLength: 1, maxLength: 8 }), vector, (people, probe) => {
      const index = new GalleryIndex(MODEL, LENGTH);
      const truth = new Map<string, { id: string; score: number }>();
      for (const { gallery, id, faces } of people) {
        index.put(person(gallery, id, faces));
        truth.set(`${gallery}/${id}`, { id, score: cosine(faces, probe) });
      }
      const [best, ...others] = [...truth.values()].sort((x, y) => y.score - x.score);
      const runnerUp = Math.max(-1, ...others.filter(({ id }) => id !== best?.id).map(({ score }) => score));
      const found = index.identify(probe, { byId: true });
      assert.ok(found !== null && best !== undefined);
      assert.ok(Math.abs(found.score - best.score) < 1e-5);
      assert.ok(Math.abs(found.margin - (best.score - runnerUp)) < 1e-5);
    }),
  );
});

test('the only person is found whatever the score, and nobody runs up', () => {
  const index = new GalleryIndex(MODEL, LENGTH);
  const face = normalise(Float32Array.from({ length: LENGTH }, () => 1));
  index.put(person('g', 'a', face));
  const found = index.identify(face.map((value) => -value));
  assert.equal(found?.person.id, 'a');
  assert.ok(Math.abs((found?.margin ?? Number.NaN) - 0) < 1e-5);
});
