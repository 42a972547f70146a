import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import type { LimenEvent } from '../../src/core/events.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MODELS = resolve(ROOT, '../shared/models');
const CLIPS = resolve(ROOT, '../shared/faces/video');
const skip = [MODELS, CLIPS].every((path) => existsSync(path))
  ? false
  : 'needs ../shared/models and ../shared/faces';

const run = promisify(execFile);

suite('liveness at the door, on real clips', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'limen-liveness-'));
  const enrolled = join(folder, 'enrolled');

  async function limen(...args: string[]): Promise<string> {
    const env = { ...process.env, LIMEN_MODELS_PATH: MODELS };
    const command = [join(ROOT, 'src/bin.js'), ...args, '--pack', 'recommended', '--json'];
    const { stdout } = await run(process.execPath, command, { env, cwd: folder, maxBuffer: 1e7 });
    return stdout;
  }

  /** Who was let in, and when in the clip's own seconds; and what was said of replays. */
  async function watched(clip: string): Promise<{ granted: [string, number][]; spoofs: number[] }> {
    const state = join(folder, clip);
    cpSync(enrolled, state, { recursive: true });
    const source = ['--source', `file://${join(CLIPS, clip)}`, '--realtime=false', '--once'];
    const lines = (await limen('watch', ...source, '--state', state)).trim().split('\n');
    const events = lines.filter(Boolean).map((line) => JSON.parse(line) as LimenEvent);
    const of = (type: string) => events.filter((event) => event.type === type);
    return {
      granted: of('access.granted').map((event) => [event.person?.id ?? '', event.atS ?? Number.NaN]),
      spoofs: of('spoof.suspected').map((event) => event.atS ?? Number.NaN),
    };
  }

  before(async () => {
    for (const id of ['clm', 'zub']) {
      await limen('enroll', `default/${id}`, join(CLIPS, `still_${id}.jpg`), '--state', enrolled);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('two people are let in where they stand, and the phone that shows one of them is not', async () => {
    const { granted, spoofs } = await watched('door-open.mp4');
    assert.deepEqual(
      granted.map(([id]) => id),
      ['clm', 'zub'],
    );
    const [[, clm], [, zub]] = granted as [[string, number], [string, number]];
    assert.ok(clm >= 3 && clm <= 11 && zub >= 14 && zub <= 20, JSON.stringify(granted));
    assert.ok(spoofs.length > 0 && spoofs.every((atS) => atS >= 23), JSON.stringify(spoofs));
  });

  test('a live face is let in within a second', async () => {
    for (const [clip, id] of [
      ['zub_real.mov', 'zub'],
      ['clm_cap12_15s.mp4', 'clm'],
      ['clm_cap13.mp4', 'clm'],
    ] as const) {
      const { granted, spoofs } = await watched(clip);
      assert.equal(granted[0]?.[0], id, clip);
      assert.ok((granted[0]?.[1] ?? 99) <= 1, JSON.stringify(granted));
      assert.deepEqual(spoofs, [], clip);
    }
  });

  test('a replay is not let in, nor the live face beside it', async () => {
    const { granted, spoofs } = await watched('zub_fake.mp4');
    assert.deepEqual(granted, []);
    assert.ok(spoofs.length > 0);
  });
});
