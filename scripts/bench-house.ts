// The daemon that scripts/bench-http.ts measures: a process of its own, so that its clients do not share its thread.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setStage } from '../src/app/demo/stage.ts';
import { buildHouse } from '../src/app.ts';
import { parseConfig } from '../src/config/config.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { SystemClock } from '../src/runtime/clock.ts';
import { silentLog } from '../src/runtime/logger.ts';

/** What the benchmark asks for, and what it is told. */
export type Question =
  | { readonly ask: 'figures' | 'stop' }
  | { readonly ask: 'people'; readonly count: number };

export interface Figures {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Since the last question: frames that the door's watch has finished. */
  readonly frames: number;
  /** Since the last question: capture of the deciding frame to relay commanded, of every grant, ms. */
  readonly grantMs: readonly number[];
}

const [directory = '.', pack = 'human'] = process.argv.slice(2);

function houseOver(camera: string, state: string, onProgress: () => void) {
  const yaml = [
    'device: bench',
    `camera: ${JSON.stringify(camera)}`,
    "door: { relay: 'memory:', holdMs: 300 }",
    'access: { cooldownMs: 0, denialRepeatMs: 200, deadlineMs: 5000 }',
    'mqtt: { embeddedPort: 0 }',
    'http: { port: 0, limits: { requestsPerMinute: 1000000 } }',
    `models: { pack: ${pack}, dir: ${JSON.stringify(join(directory, 'models'))} }`,
  ].join('\n');
  const result = parseConfig(yaml, { hostname: 'bench' });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('; '));
  const parts = { config: result.config, env: process.env, clock: new SystemClock(), log: silentLog };
  return buildHouse({ ...parts, stateDir: join(directory, state), onProgress });
}

/** The pictures are cut out with the same networks; a house without a camera lends them. */
async function prepare() {
  const house = await houseOver('stills:///nowhere', 'preparing', () => {});
  try {
    await house.lifecycle.start(new AbortController().signal);
    return await setStage(directory, new SharpImageDecoder(), house.recognition.engine);
  } finally {
    await house.lifecycle.stop();
  }
}

const stage = await prepare();
await oneVisitor(stage.folder);
/** Someone walks up, is let in and goes, over and over: a grant every three seconds. */
async function oneVisitor(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort();
  const room = names[0] as string;
  // the last visitor of the demo is the one who is enrolled; behind him the room is empty
  const approach = names.slice(-19, -9);
  const film = [...approach.flatMap((name) => [name, name]), ...Array<string>(28).fill(room)];
  const pictures = await Promise.all(film.map((name) => readFile(join(folder, name))));
  await Promise.all(names.map((name) => rm(join(folder, name))));
  for (const [i, picture] of pictures.entries()) {
    await writeFile(join(folder, `${String(i).padStart(4, '0')}.jpg`), picture);
  }
}

let frames = 0;
let grantMs: number[] = [];
const camera = `stills://${encodeURI(stage.folder)}?intervalMs=66&loop=1`;
const house = await houseOver(camera, 'state', () => frames++);
await house.lifecycle.start(new AbortController().signal);
house.journal.subscribe(({ type, latencyMs }) => {
  if (type === 'access.granted' && latencyMs !== undefined) grantMs.push(latencyMs);
});

/** Strangers to everybody: random directions. */
async function fill(count: number): Promise<void> {
  const { modelId, length } = house.recognition.pack.embedder;
  const createdAt = new Date().toISOString();
  const person = (id: string) => {
    const embedding = Float32Array.from({ length }, () => Math.random() - 0.5);
    const size = Math.hypot(...embedding);
    for (let i = 0; i < length; i++) embedding[i] = (embedding[i] as number) / size;
    const face = {
      faceId: '1',
      modelId,
      embedding,
      quality: 0.8,
      liveness: 'not_assessed',
      createdAt,
    } as const;
    return { gallery: 'crowd', id, createdAt, enabled: true, faces: [face] };
  };
  for (let n = house.recognition.gallery.size; n < count; ) {
    const part = Math.min(500, count - n);
    await Promise.all(Array.from({ length: part }, (_, i) => house.people.create(person(`p${n + i}`))));
    n += part;
  }
}

process.on('message', async (question: Question) => {
  switch (question.ask) {
    case 'people':
      await fill(question.count);
      process.send?.({ people: house.recognition.gallery.size });
      return;
    case 'figures': {
      const { rss, heapUsed } = process.memoryUsage();
      const told: Figures = { rssBytes: rss, heapBytes: heapUsed, frames, grantMs };
      frames = 0;
      grantMs = [];
      process.send?.(told);
      return;
    }
    case 'stop':
      await house.lifecycle.stop();
      process.exit(0);
  }
});
process.send?.({ url: house.http.url, photograph: Buffer.from(stage.photograph).toString('base64') });
