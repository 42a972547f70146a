// What the HTTP side can do, and what uploads do to the door:
//   node --import tsx scripts/bench-http.ts [--seconds N] [--uploads N] [--people 10,1000,50000] [--pack NAME]
// One JSON document on standard output. The daemon is a process of its own, with a door that recognises all the time.
// Times are those of this machine and whatever else runs on it: read the ratios within one run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figures, Question } from './bench-house.ts';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    uploads: { type: 'string', default: '0' },
    people: { type: 'string', default: '10,1000,50000' },
    pack: { type: 'string', default: 'human' },
  },
});

interface Cannon {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}
type Shot = Record<string, unknown>;
const autocannon = createRequire(import.meta.url)('autocannon') as (options: Shot) => Promise<Cannon>;

const directory = mkdtempSync(join(tmpdir(), 'limen-bench-'));
const house = fork(new URL('./bench-house.ts', import.meta.url), [directory, args.pack], {
  execArgv: ['--import', 'tsx'],
});
const note = (text: string) => process.stderr.write(`${text}\n`);

async function ask<T>(question: Question): Promise<T> {
  house.send(question);
  return (await once(house, 'message'))[0] as T;
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}

/** What the door did meanwhile. */
async function atTheDoor(seconds: number) {
  const { frames, grantMs } = await ask<Figures>({ ask: 'figures' });
  const sorted = grantMs.toSorted((a, b) => a - b);
  return {
    framesPerSecond: frames / seconds,
    grants: grantMs.length,
    captureToRelayMs: { median: median(grantMs), worst: sorted.at(-1) ?? null },
  };
}

try {
  const { url, photograph } = (await once(house, 'message'))[0] as { url: string; photograph: string };
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(Buffer.from(photograph, 'base64'))]), 'a.jpg');
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
  const post = async (path: string) => {
    const response = await fetch(url + path, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  };
  await post('/v1/people/default/anna/faces');

  let made = 0;
  const register = () => `/v1/people/bench/n${made++}/faces?force=true`;
  const shoot = async (what: 'verify' | 'register' | 'identify', more: Shot) => {
    const path = { verify: '/v1/verify?id=anna', identify: '/v1/identify', register: '/' }[what];
    const setupRequest = (request: Shot) => ({ ...request, path: register() });
    const { requests, latency, non2xx, errors } = await autocannon({
      url,
      ...more,
      requests: [{ method: 'POST', path, headers, body, ...(what === 'register' && { setupRequest }) }],
    });
    return {
      requestsPerSecond: requests.average,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      refused: non2xx + errors,
    };
  };

  const seconds = Number(args.seconds);
  note('the door alone');
  await ask({ ask: 'figures' });
  await new Promise((resolve) => setTimeout(resolve, 2_000 * seconds));
  const idle = await atTheDoor(2 * seconds);

  const load: Record<string, unknown>[] = [];
  for (const what of ['verify', 'register'] as const) {
    for (const clients of [1, 4, 16]) {
      note(`${what}, ${clients} clients`);
      await ask({ ask: 'figures' });
      const shot = await shoot(what, { connections: clients, duration: seconds });
      load.push({ what, clients, ...shot, door: await atTheDoor(seconds) });
    }
  }

  const galleries: Record<string, unknown>[] = [];
  for (const count of args.people.split(',').map(Number)) {
    note(`${count} people`);
    await ask({ ask: 'people', count });
    const identify = await shoot('identify', { connections: 1, duration: seconds });
    const enrol = await shoot('register', { connections: 1, duration: seconds });
    galleries.push({ people: count, identify, enrol });
  }

  const memory: { uploads: number; rssMB: number; heapMB: number }[] = [];
  const uploads = Number(args.uploads);
  for (let done = 0; done < uploads; ) {
    const part = Math.ceil(uploads / 20);
    await shoot('identify', { connections: 4, amount: part });
    done += part;
    const { rssBytes, heapBytes } = await ask<Figures>({ ask: 'figures' });
    memory.push({ uploads: done, rssMB: rssBytes / 2 ** 20, heapMB: heapBytes / 2 ** 20 });
    note(`${done} uploads: ${(rssBytes / 2 ** 20).toFixed(1)} MB`);
  }

  const result = {
    pack: args.pack,
    photographBytes: body.length,
    idle,
    load,
    galleries,
    ...(memory.length > 0 && {
      memory,
      rssMBPer1000Uploads: slope(memory.slice(memory.length >> 1)) * 1_000,
    }),
  };
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value;
  process.stdout.write(`${JSON.stringify(result, rounded, 1)}\n`);
} finally {
  if (house.connected) house.send({ ask: 'stop' } satisfies Question);
  if (house.exitCode === null && house.signalCode === null) await once(house, 'exit');
  rmSync(directory, { recursive: true, force: true });
}

/** Least squares, MB an upload. */
function slope(points: readonly { readonly uploads: number; readonly rssMB: number }[]): number {
  const mean = (of: (point: { uploads: number; rssMB: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(({ uploads }) => uploads), mean(({ rssMB }) => rssMB)];
  const xy = points.reduce((sum, { uploads, rssMB }) => sum + (uploads - mx) * (rssMB - my), 0);
  return xy / points.reduce((sum, { uploads }) => sum + (uploads - mx) ** 2, 0);
}
