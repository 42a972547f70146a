/*
 * Whether the daemon keeps its size: `npx tsx scripts/soak.ts [frames] [uploads] [source] [pack]`, by default 6000
 * frames of the demo's pictures, over and over, with 600 uploads over HTTP meanwhile (enrol, identify, a file that is
 * no picture, remove). Prints memory, handles and open files at intervals, and the slope of each over the second half
 * of the run. A slope that stays after an hour is a leak; the first minutes fill caches and pools.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setStage } from '../src/app/demo/stage.ts';
import { buildHouse, type House } from '../src/app.ts';
import { parseConfig } from '../src/config/config.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { SystemClock } from '../src/runtime/clock.ts';
import { silentLog } from '../src/runtime/logger.ts';

const [frames = 6_000, uploads = 600] = process.argv.slice(2, 4).map(Number);
const [source, pack = 'human'] = process.argv.slice(4);
const LINES = 20;
const directory = mkdtempSync(join(tmpdir(), 'limen-soak-'));
const print = (line: string) => process.stdout.write(`${line}\n`);

function houseOver(camera: string, onProgress: () => void): Promise<House> {
  const yaml = [
    'device: soak',
    `camera: ${JSON.stringify(camera)}`,
    "door: { relay: 'memory:', holdMs: 300 }",
    'access: { cooldownMs: 0, denialRepeatMs: 200 }',
    'mqtt: { embeddedPort: 0 }',
    'http: { port: 0, limits: { requestsPerMinute: 100000 } }',
    `models: { pack: ${pack} }`,
  ].join('\n');
  const result = parseConfig(yaml, { hostname: 'soak' });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('; '));
  const stateDir = join(directory, 'state');
  const { env } = process;
  return buildHouse({
    config: result.config,
    stateDir,
    env,
    clock: new SystemClock(),
    log: silentLog,
    onProgress,
  });
}

/** The pictures are cut out with the same networks; a house without a door or a camera lends them. */
async function prepare(): Promise<{ folder: string; photograph: Uint8Array }> {
  const house = await houseOver('stills:///nowhere', () => {});
  try {
    await house.lifecycle.start(new AbortController().signal);
    return await setStage(directory, new SharpImageDecoder(), house.recognition.engine);
  } finally {
    await house.lifecycle.stop();
  }
}

/** One after the other, in turn; none waits for frames. */
async function upload(url: string, photograph: Uint8Array, n: number): Promise<void> {
  const person = `/v1/people/soak/p${n >> 2}`;
  const form = (bytes: Uint8Array) => {
    const body = new FormData();
    body.set('image', new Blob([new Uint8Array(bytes)]), 'image.jpg');
    return { method: 'POST', body };
  };
  const requests: [path: string, init: RequestInit, status: number][] = [
    [`${person}/faces?force=true`, form(photograph), 201],
    ['/v1/identify', form(photograph), 200],
    [`${person}/faces`, form(Buffer.from('no picture')), 415],
    [person, { method: 'DELETE' }, 204],
  ];
  const [path, init, status] = requests[n % 4] as (typeof requests)[number];
  const response = await fetch(url + path, init);
  const text = await response.text();
  if (response.status !== status) throw new Error(`${path}: ${response.status} ${text}`);
}

const FIGURES = ['rss MB', 'heap MB', 'external MB', 'buffers MB', 'handles', 'files'] as const;

function figures(): number[] {
  globalThis.gc?.();
  const memory = process.memoryUsage();
  const megabytes = [memory.rss, memory.heapUsed, memory.external, memory.arrayBuffers].map(
    (n) => n / 2 ** 20,
  );
  return [...megabytes, process.getActiveResourcesInfo().length, readdirSync('/proc/self/fd').length];
}

/** Least squares, per minute. */
function slope(points: readonly (readonly [minute: number, value: number])[]): number {
  const mean = (i: 0 | 1) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const [xy, xx] = points.reduce(([a, b], [x, y]) => [a + (x - mx) * (y - my), b + (x - mx) ** 2], [0, 0]);
  return xy / xx;
}

try {
  const stage = await prepare();
  const camera = source ?? `stills://${encodeURI(stage.folder)}?intervalMs=50&loop=1`;
  let [seen, sent, events] = [0, 0, 0];
  let onFrame = () => {};
  const rows: [minute: number, values: number[]][] = [];
  const house = await houseOver(camera, () => {
    seen++;
    onFrame();
    if (seen >= ((rows.length + 1) * frames) / LINES) row();
  });
  const startedMs = performance.now();
  const row = () => {
    const minute = (performance.now() - startedMs) / 60_000;
    const values = figures();
    rows.push([minute, values]);
    print([minute.toFixed(2), seen, sent, events, ...values.map((value) => value.toFixed(1))].join('\t'));
  };
  print(['minutes', 'frames', 'uploads', 'events', ...FIGURES].join('\t'));
  house.journal.subscribe(() => events++);
  await house.lifecycle.start(new AbortController().signal);
  while (seen < frames || sent < uploads) {
    if (sent < Math.min(uploads, (seen * uploads) / frames)) {
      await upload(house.http.url, stage.photograph, sent++);
    } else {
      await new Promise<void>((resolve) => {
        onFrame = resolve;
      });
    }
  }
  await house.lifecycle.stop();
  const second = rows.slice(rows.length >> 1);
  const slopes = FIGURES.map((name, i) => {
    const perMinute = slope(second.map(([minute, values]) => [minute, values[i] as number]));
    return `${name} ${perMinute.toFixed(3)}`;
  });
  print(`per minute, second half: ${slopes.join(', ')}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0); // fetch keeps its connections for a while
