// Measures a pack's match thresholds from labelled pictures: every picture is embedded, every pair compared.
//
//   node --import tsx scripts/measure-thresholds.ts human ../shared/faces
//
// `scripts/labelled-embeddings.ts` says what the folder holds.
import { cosine } from '../src/core/embedding.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { type Labelled, labelledEmbeddings } from './labelled-embeddings.ts';

const [packName = 'human', root = '../shared/faces'] = process.argv.slice(2);
const FALSE_MATCH_RATES = [1e-2, 1e-3, 1e-4];

const { pictures, embedded } = await labelledEmbeddings(await loadPack(packName), root);
const impostors: number[] = [];
const genuine: number[] = [];
for (let i = 0; i < embedded.length; i++) {
  for (let j = 0; j < i; j++) {
    const [a, b] = [embedded[i] as Labelled, embedded[j] as Labelled];
    (a.person === b.person ? genuine : impostors).push(cosine(a.embedding, b.embedding));
  }
}
impostors.sort((a, b) => b - a);
const atFmr = FALSE_MATCH_RATES.map((fmr) => {
  const threshold = impostors[Math.floor(impostors.length * fmr)] as number;
  const tar = genuine.filter((score) => score > threshold).length / genuine.length;
  return { fmr, cosine: Number(threshold.toFixed(3)), trueMatchRate: Number(tar.toFixed(4)) };
});
process.stdout.write(
  `${JSON.stringify({ pack: packName, pictures, embedded: embedded.length, differentPairs: impostors.length, samePairs: genuine.length, atFmr }, null, 2)}\n`,
);
