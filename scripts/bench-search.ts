// One face against everybody who is enrolled, as the door does it for every embedding.
//
//   npx tsx scripts/bench-search.ts
//
// Random embeddings of the packs' lengths; the plain loop beside it, in the same run, is what the figure is a ratio to.
import { normalise } from '../src/core/embedding.ts';
import type { Person } from '../src/core/person.ts';
import { GalleryIndex } from '../src/services/recognition/gallery-index.ts';

const MODEL = 'random';
const ROUNDS = 15;

for (const length of [1024, 128]) {
  const index = new GalleryIndex(MODEL, length);
  const rows: Float32Array[] = [];
  for (const people of [10, 1_000, 50_000]) {
    while (rows.length < people) {
      const row = face(length);
      rows.push(row);
      index.put(person(`${rows.length}`, row));
    }
    const probe = face(length);
    const kernelMs = median(() => index.identify(probe));
    const loopMs = median(() => plainSearch(rows, probe));
    const rssMB = Math.round(process.memoryUsage.rss() / 1e6);
    process.stdout.write(
      `${length} numbers, ${people} people: ${kernelMs.toFixed(3)} ms; plain loop ${loopMs.toFixed(3)} ms, ` +
        `${(loopMs / kernelMs).toFixed(1)} times as long; RSS with both ${rssMB} MB\n`,
    );
  }
}

function face(length: number): Float32Array {
  return normalise(Float32Array.from({ length }, () => Math.random() - 0.5));
}

function person(id: string, embedding: Float32Array): Person {
  const createdAt = '2030-01-01T00:00:00.000Z';
  const template = { faceId: '1', modelId: MODEL, embedding, quality: 1, createdAt };
  return {
    gallery: 'default',
    id,
    createdAt,
    enabled: true,
    faces: [{ ...template, liveness: 'not_assessed' }],
  };
}

function plainSearch(rows: readonly Float32Array[], probe: Float32Array): number {
  let best = -1;
  for (const row of rows) {
    let sum = 0;
    for (let i = 0; i < probe.length; i++) sum += (probe[i] as number) * (row[i] as number);
    if (sum > best) best = sum;
  }
  return best;
}

function median(work: () => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    work();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] as number;
}
