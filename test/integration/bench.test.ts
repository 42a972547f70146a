import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratch } from '../fixtures/scratch.ts';
import { limen } from './limen.ts';

test('limen bench: frames a second with a face in view, and whose accuracy figures it quotes', async () => {
  const state = scratch();
  const args = ['bench', '--pack', 'human', '--seconds', '1', '--json', '--state', state];
  const { code, stdout, stderr } = await limen(args);
  assert.equal(code, 0, stderr);
  const { runs, accuracy } = JSON.parse(stdout) as {
    runs: { pack: string; inference: string; frames: number; framesPerSecond: number; faces: number }[];
    accuracy: { pack: string; measuredOn: string; atFmr: unknown[] }[];
  };
  const [run] = runs;
  assert.equal(run?.pack, 'human');
  assert.match(run?.inference ?? '', /^onnx\//);
  assert.equal(run?.faces, 1, 'embedding was not measured');
  assert.ok((run?.frames ?? 0) > 0 && (run?.framesPerSecond ?? 0) > 0);
  assert.equal(accuracy[0]?.pack, 'human');
  assert.ok((accuracy[0]?.atFmr.length ?? 0) > 0);
});

test('a time that is none is told', async () => {
  const { code, stderr } = await limen(['bench', '--seconds', 'long']);
  assert.equal(code, 2);
  assert.match(stderr, /--seconds long/);
});
