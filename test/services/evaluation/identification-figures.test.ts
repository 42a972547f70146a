import assert from 'node:assert/strict';
import { test } from 'node:test';
import { falseOpensPerMonth } from '../../../src/core/false-opens.ts';
import {
  identificationFigures,
  type Probe,
} from '../../../src/services/evaluation/identification-figures.ts';

const traffic = { visitsPerDay: 10, looksPerVisit: 5 };
const best = (person: string, score: number, margin = 0.3) => ({ best: { person, score, margin } });
const PROBES: readonly Probe[] = [
  { person: 'anna', ...best('anna', 0.7) },
  { person: 'anna', ...best('anna', 0.4) },
  { person: 'anna', ...best('bert', 0.6) },
  { person: 'bert', ...best('bert', 0.8, 0.01) },
  { person: 'bert' },
  { person: undefined, ...best('anna', 0.55) },
  { person: undefined, ...best('bert', 0.9, 0.02) },
  { person: undefined, ...best('bert', 0.1) },
  { person: undefined },
];
const figures = identificationFigures(PROBES, { enrolled: 2, threshold: 0.5, margin: 0.05, traffic });

test('a stranger who is named counts against FPIR; one without the margin, or without a face, does not', () => {
  assert.deepEqual([figures.inForce.fpir?.hits, figures.inForce.fpir?.trials], [1, 4]);
});

test('whoever is not named, or named as somebody else, counts against FNIR', () => {
  assert.deepEqual([figures.inForce.fnir?.hits, figures.inForce.fnir?.trials], [4, 5]);
});

test('rank 1 asks for the nearest only', () => {
  assert.deepEqual([figures.rank1?.hits, figures.rank1?.trials], [3, 5]);
  assert.deepEqual([figures.mates, figures.strangers, figures.failures], [5, 4, 2]);
});

test('without strangers nothing is said of false opens', () => {
  const none = identificationFigures(PROBES.slice(0, 5), {
    enrolled: 2,
    threshold: 0.5,
    margin: 0.05,
    traffic,
  });
  assert.equal(none.inForce.fpir, null);
  assert.equal(none.inForce.falseOpens, null);
});

test('no false naming among few strangers leaves much that is not excluded', () => {
  const strict = figures.sweep.at(-1);
  assert.equal(strict?.fpir?.hits, 0);
  assert.equal(strict?.falseOpens?.likely, 0);
  assert.ok((strict?.falseOpens?.notExcluded ?? 0) > 100);
});

test('5,000 comparisons at 1e-4 each are a chance of 39 % of one false hit', () => {
  // 100 people, 50 looks: per look 1 − (1 − 1e-4)^100
  const perLook = 1 - (1 - 1e-4) ** 100;
  const { most, likely } = falseOpensPerMonth(perLook, { visitsPerDay: 1 / 30, looksPerVisit: 50 });
  assert.ok(Math.abs(most - 0.3935) < 1e-3);
  assert.ok(likely < most);
});
