// Measures what the embeddings of all faces have in common, and writes it beside the pack's manifest.
//
//   node --import tsx scripts/measure-centre.ts human ../shared/faces 0.6
//
// The last figure is the share of it that is taken out of every embedding. Afterwards the thresholds hold no more:
// give the pack a new `modelId` and run scripts/measure-thresholds.ts. `scripts/labelled-embeddings.ts` says what the
// folder holds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPack, SHIPPED_PACKS_DIR } from '../src/drivers/inference/packs/load-pack.ts';
import { labelledEmbeddings } from './labelled-embeddings.ts';

const [packName = 'human', root = '../shared/faces', weight = '0.6'] = process.argv.slice(2);
const DIGITS = 5;
const NUMBERS_A_LINE = 16;

const pack = await loadPack(packName);
const { centre: _, ...embedder } = pack.embedder;
const { embedded } = await labelledEmbeddings({ ...pack, embedder }, root);
const sum = new Float64Array(embedder.length);
for (const { embedding } of embedded)
  embedding.forEach((value, i) => {
    sum[i] = (sum[i] as number) + value;
  });
const mean = Array.from(sum, (value) => Number((value / embedded.length).toFixed(DIGITS)));
const rows = [];
for (let i = 0; i < mean.length; i += NUMBERS_A_LINE)
  rows.push(`    ${mean.slice(i, i + NUMBERS_A_LINE).join(', ')}`);
const text = [
  '{',
  `  "weight": ${Number(weight)},`,
  `  "measuredOn": "mean of the embeddings of ${embedded.length} labelled pictures (LFW and open projects)",`,
  `  "command": "node --import tsx scripts/measure-centre.ts ${packName} ../shared/faces ${weight}",`,
  `  "mean": [\n${rows.join(',\n')}\n  ]`,
  '}',
];
writeFileSync(join(SHIPPED_PACKS_DIR, `${packName}.centre.json`), `${text.join('\n')}\n`);
