import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import { scratch } from '../fixtures/scratch.ts';
import { limen, ndjson } from './limen.ts';

const SHARED = resolve(import.meta.dirname, '../../../shared');
const VIDEO = `${SHARED}/faces/video`;
const CLIP = `${VIDEO}/door-open.mp4`;
const skip = existsSync(CLIP) ? false : '../shared/faces is not there';
const LOSSLESS = ['--json', '--once', '--realtime=false'];

/** TIMELINE.md: who is in view when, seconds. */
const CLM = { fromS: 3, toS: 11 };
const ZUB = { fromS: 14, toS: 20 };
/** A phone shows zub: named or not, according to what the pack knows of liveness, but nobody else is. */
const REPLAY = { fromS: 23, toS: 29 };

/** Both people enrolled from one still each; `--state` and `--pack` for the verbs that follow. */
async function enrolled(pack: string): Promise<{ args: string[]; env: Record<string, string> }> {
  const args = ['--state', scratch(), '--pack', pack];
  const env = { LIMEN_MODELS_PATH: `${SHARED}/models` };
  for (const id of ['clm', 'zub']) {
    const { code, stdout, stderr } = await limen(
      ['enroll', `default/${id}`, `${VIDEO}/still_${id}.jpg`, ...args],
      {
        env,
      },
    );
    assert.equal(code, 0, `${stderr}${stdout}`);
  }
  return { args, env };
}

async function watch(
  file: string,
  { args, env }: Awaited<ReturnType<typeof enrolled>>,
): Promise<LimenEvent[]> {
  const { code, stdout, stderr } = await limen(
    ['watch', '--source', `file://${file}`, ...LOSSLESS, ...args],
    { env },
  );
  assert.equal(code, 0, `${stderr}${stdout}`);
  return ndjson<LimenEvent>(stdout);
}

for (const pack of ['human', 'recommended']) {
  const missing =
    pack === 'recommended' && !existsSync(`${SHARED}/models`) ? '../shared/models is not there' : skip;

  test(`${pack}: the door clip names each person while they are there, soon, and nobody else`, {
    skip: missing,
  }, async (t) => {
    const setting = await enrolled(pack);
    const events = await watch(CLIP, setting);
    const named = events.filter((event) => event.person !== undefined);
    for (const { type, person, atS = Number.NaN } of named) {
      const within = ({ fromS, toS }: typeof CLM) => atS >= fromS && atS <= toS;
      const right = person?.id === 'clm' ? within(CLM) : within(ZUB) || within(REPLAY);
      assert.ok(right, `${type} names ${person?.id} at ${atS} s`);
    }
    for (const [id, { fromS }] of [
      ['clm', CLM],
      ['zub', ZUB],
    ] as const) {
      const granted = events.find((event) => event.type === 'access.granted' && event.person?.id === id);
      const afterS = (granted?.atS ?? Number.NaN) - fromS;
      assert.ok(afterS <= 1.5, `${id} granted ${afterS} s after appearing`);
      t.diagnostic(`${pack}: ${id} granted ${afterS.toFixed(2)} s after appearing, score ${granted?.score}`);
    }
    assert.deepEqual(await watch(CLIP, setting), events, 'the same clip gives the same events');
  });

  test(`${pack}: a crowd of strangers and a turned back name nobody`, { skip: missing }, async () => {
    const setting = await enrolled(pack);
    for (const clip of ['station_crowd_480p.mp4', 'intel_backs_15s.mp4']) {
      const named = (await watch(`${VIDEO}/${clip}`, setting)).filter((event) => event.person !== undefined);
      assert.deepEqual(named, [], clip);
    }
  });
}
