import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type JudgedFile,
  type LiveLook,
  livenessFigures,
  type Presentation,
  verdictOf,
} from '../../../src/services/evaluation/liveness-figures.ts';

const RULE = { minLiveness: 0.4, minLooks: 3, windowMs: 1_000 };
const looks = (...scores: number[]): LiveLook[] => scores.map((live, i) => ({ atMs: i * 200, live }));
const clip = (shows: Presentation, ...tracks: LiveLook[][]): JudgedFile => ({
  file: `${shows}/a.mp4`,
  shows,
  kind: 'clip',
  tracks,
});
const still = (shows: Presentation, ...scores: number[]): JudgedFile => ({
  file: `${shows}/a.jpg`,
  shows,
  kind: 'still',
  tracks: scores.map((live) => [{ atMs: 0, live }]),
});

test('a clip is accepted when the median of one window passes, and not by single looks', () => {
  assert.equal(verdictOf(clip('screen', looks(0, 0.9, 0, 0.9, 0)), RULE).verdict, 'refused');
  assert.equal(verdictOf(clip('screen', looks(0, 0, 0, 0.9, 0.9, 0.9, 0.9)), RULE).verdict, 'accepted');
});

test('tracks are judged apart', () => {
  const split = clip('screen', looks(0.9, 0.9), looks(0.9));
  assert.equal(verdictOf(split, RULE).verdict, 'not_assessed');
  assert.equal(verdictOf(clip('screen', looks(0.9, 0.9, 0.9)), RULE).verdict, 'accepted');
});

test('looks that are too far apart say nothing together', () => {
  const far = looks(0.9, 0.9, 0.9).map(({ live }, i) => ({ live, atMs: i * 600 }));
  assert.equal(verdictOf(clip('live', far), RULE).verdict, 'not_assessed');
});

test('a live file that is not assessed is an error of the judge, an attack that is not is none', () => {
  const verdicts = [clip('live'), clip('screen')].map((file) => verdictOf(file, RULE));
  const [live, screen] = livenessFigures(verdicts);
  assert.deepEqual([live?.error?.hits, live?.notAssessed], [1, 1]);
  assert.deepEqual([screen?.error?.hits, screen?.notAssessed], [0, 1]);
});

test('species and kinds of files are counted apart, with bounds', () => {
  const files = [still('live', 0.9), still('live', 0.1), still('print', 0.8), clip('live', looks(1, 1, 1))];
  const figures = livenessFigures(files.map((file) => verdictOf(file, RULE)));
  assert.deepEqual(
    figures.map(({ species, kind, error }) => [species, kind, error?.hits, error?.trials]),
    [
      ['live', 'still', 1, 2],
      ['live', 'clip', 0, 1],
      ['print', 'still', 1, 1],
    ],
  );
  assert.ok((figures[1]?.error?.high ?? 0) > 0.7);
});
