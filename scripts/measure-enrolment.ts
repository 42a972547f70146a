// How people with several pictures are compared best, for docs/accuracy.md.
//
//   node --import tsx scripts/measure-enrolment.ts recommended ../shared/faces
//
// Every other person who has enough pictures is enrolled with some of them, and shown in the others; everybody else is a
// stranger. Then the other half, and again with other pictures. Once more with one picture of somebody else among those
// of every third person, as happens in folders of staff photographs.
import { cosine } from '../src/core/embedding.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { wilson } from '../src/services/evaluation/bounds.ts';
import { personTemplate } from '../src/services/recognition/person-template.ts';
import { byPerson, type Labelled, labelledEmbeddings } from './labelled-embeddings.ts';

const ROUNDS = 3;
const PICTURES = [1, 2, 3, 4];
/** One in so many has a wrong picture in the second half of the table. */
const WRONG_EVERY = 3;

const [packName = 'recommended', root = '../shared/faces'] = process.argv.slice(2);
const pack = await loadPack(packName);
const { embedded } = await labelledEmbeddings(pack, root);
const people = byPerson(embedded);
const names = [...people.keys()].sort();

type Compare = (enrolled: readonly Float32Array[]) => (probe: Float32Array) => number;
const WAYS: readonly (readonly [string, Compare])[] = [
  [
    'the nearest picture',
    (enrolled) => (probe) => Math.max(...enrolled.map((picture) => cosine(picture, probe))),
  ],
  [
    'what they have in common',
    (enrolled) => {
      const template = personTemplate(enrolled) ?? new Float32Array();
      return (probe) => cosine(template, probe);
    },
  ],
];

function measure(pictures: number, wrong: boolean, compare: Compare) {
  const { match } = pack.thresholds;
  const count = { strangers: 0, named: 0, mates: 0, missed: 0 };
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const able = names.filter((name) => (people.get(name) ?? []).length > pictures);
    const enrolled = able.filter((_, i) => i % 2 === round % 2);
    const gallery = enrolled.map((name, i) => {
      const theirs = people.get(name) ?? [];
      const from = Math.floor(round / 2);
      const chosen = theirs.map((_, k) => theirs[(from + k) % theirs.length] as Labelled).slice(0, pictures);
      const templates = chosen.map(({ embedding }) => embedding);
      const stranger = embedded[(97 * i + 31 * round) % embedded.length] as Labelled;
      if (wrong && i % WRONG_EVERY === 0 && stranger.person !== name) templates[0] = stranger.embedding;
      return { name, chosen: new Set(chosen), score: compare(templates) };
    });
    for (const probe of embedded) {
      const own = gallery.find(({ name }) => name === probe.person);
      if (own?.chosen.has(probe)) continue;
      const scores = gallery.map(({ name, score }) => ({ name, score: score(probe.embedding) }));
      const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
      const named = best.score >= match;
      if (own === undefined) {
        count.strangers++;
        if (named) count.named++;
      } else {
        count.mates++;
        if (!named || best.name !== own.name) count.missed++;
      }
    }
  }
  return count;
}

const rate = (hits: number, trials: number) => {
  const [part, low, high] = Object.values(wilson(hits, trials)).map((value) => (100 * value).toFixed(2));
  return `${part} (${low}–${high})`;
};
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`${packName}, threshold ${pack.thresholds.match}, one look, no margin\n`);
print('| pictures | compared with | strangers named, % (95 %) | enrolled not named, % (95 %) |');
print('| --- | --- | --- | --- |');
for (const wrong of [false, true]) {
  for (const pictures of PICTURES) {
    if (wrong && pictures < 3) continue;
    for (const [way, compare] of pictures === 1 ? WAYS.slice(0, 1) : WAYS) {
      const { strangers, named, mates, missed } = measure(pictures, wrong, compare);
      const told = wrong ? `${pictures}, one wrong in every third person` : String(pictures);
      print(`| ${told} | ${way} | ${rate(named, strangers)} | ${rate(missed, mates)} |`);
    }
  }
}
