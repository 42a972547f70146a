// What votes, margin and mean lead do to strangers and to people who are enrolled, for docs/accuracy.md.
//
//   node --import tsx scripts/measure-decision.ts recommended ../shared/faces
//
// Half of the labelled people are enrolled with one picture each, the others are strangers; then the other way round,
// and again with another picture enrolled. A visit is three to five further pictures of one person, looked at one after
// the other: they lie years apart, so that an enrolled person is harder to know than at a door, and the looks of a
// stranger are more independent than frames are.
import { cosine } from '../src/core/embedding.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { wilson } from '../src/services/evaluation/bounds.ts';
import { byPerson, type Labelled, labelledEmbeddings } from './labelled-embeddings.ts';

/** Votes, margin of each, and the mean lead; −1 asks for none. */
type Rule = readonly [votes: number, margin: number, lead: number];
const RULES: readonly Rule[] = [
  [1, 0.05, -1],
  [2, 0.05, -1],
  [2, 0.05, 0.1],
  [3, 0, -1],
  [3, 0, 0.1],
  [3, 0.05, -1],
  [3, 0.05, 0.05],
  [3, 0.05, 0.08],
  [3, 0.05, 0.1],
  [3, 0.05, 0.12],
  [3, 0.08, -1],
  [3, 0.12, -1],
  [4, 0.05, -1],
];
const LOOKS = { least: 3, most: 5 };
const ENROLMENTS = 3;

const [packName = 'recommended', root = '../shared/faces'] = process.argv.slice(2);
const pack = await loadPack(packName);
const { embedded } = await labelledEmbeddings(pack, root);
const people = byPerson(embedded);
const names = [...people.keys()].sort();

interface Look {
  readonly person: string;
  readonly score: number;
  readonly margin: number;
}
interface Visit {
  /** Absent for a stranger. */
  readonly person?: string;
  readonly looks: readonly Look[];
}

const visits: Visit[] = [];
const gallerySizes: number[] = [];
for (let enrolment = 0; enrolment < ENROLMENTS; enrolment++) {
  for (const half of [0, 1]) {
    const gallery = new Map<string, Labelled>();
    for (const [i, name] of names.entries()) {
      const theirs = people.get(name) ?? [];
      const picture = theirs[enrolment % theirs.length];
      if (i % 2 === half && picture !== undefined) gallery.set(name, picture);
    }
    gallerySizes.push(gallery.size);
    for (const name of names) {
      const others = (people.get(name) ?? []).filter((each) => each !== gallery.get(name));
      for (let from = 0; from + LOOKS.least <= others.length; from += LOOKS.most) {
        const looks = others.slice(from, from + LOOKS.most).map((look) => nearest(look, gallery));
        visits.push({ ...(gallery.has(name) && { person: name }), looks });
      }
    }
  }
}

function nearest(look: Labelled, gallery: ReadonlyMap<string, Labelled>): Look {
  let [person, score, second] = ['', -1, -1];
  for (const [name, enrolled] of gallery) {
    const similarity = cosine(look.embedding, enrolled.embedding);
    if (similarity > score) [person, score, second] = [name, similarity, score];
    else if (similarity > second) second = similarity;
  }
  return { person, score, margin: score - second };
}

/** Who is let in; nobody is undefined. */
function letIn({ looks }: Visit, [votes, margin, lead]: Rule): string | undefined {
  const named = new Map<string, number>();
  for (const look of looks) {
    if (look.score < pack.thresholds.match || look.margin < margin) continue;
    named.set(look.person, (named.get(look.person) ?? 0) + 1);
  }
  const [person] = [...named].find(([, count]) => count >= votes) ?? [];
  return person !== undefined && meanLead(looks, person) >= lead ? person : undefined;
}

/** As the door counts it: a look that is nearer to somebody else counts against by that one's margin. */
function meanLead(looks: readonly Look[], person: string): number {
  const leads = looks.map((look) => (look.person === person ? look.margin : -look.margin));
  return leads.reduce((sum, lead) => sum + lead, 0) / looks.length;
}

const strangers = visits.filter(({ person }) => person === undefined);
const mates = visits.filter(({ person }) => person !== undefined);
const print = (line: string) => process.stdout.write(`${line}\n`);
const rate = (hits: number, trials: number) => {
  const { rate: part, low, high } = wilson(hits, trials);
  const [p, l, h] = [part, low, high].map((value) => (100 * value).toFixed(2));
  return `${p} (${l}–${h})`;
};
print(
  `${packName}, threshold ${pack.thresholds.match}: ${mates.length} visits of enrolled people, ${strangers.length} of ` +
    `strangers, galleries of ${Math.min(...gallerySizes)} to ${Math.max(...gallerySizes)} people\n`,
);
print('| votes | margin | mean lead | strangers let in, % (95 %) | enrolled not let in, % (95 %) |');
print('| --- | --- | --- | --- | --- |');
const row = (rule: Rule, seen: { strangers: readonly Visit[]; mates: readonly Visit[] }) => {
  const wrong = seen.strangers.filter((visit) => letIn(visit, rule) !== undefined).length;
  const missed = seen.mates.filter((visit) => letIn(visit, rule) !== visit.person).length;
  const [votes, margin, lead] = rule;
  print(
    `| ${votes} | ${margin.toFixed(2)} | ${lead < 0 ? '–' : lead.toFixed(2)} | ` +
      `${rate(wrong, seen.strangers.length)} | ${rate(missed, seen.mates.length)} |`,
  );
};
for (const rule of RULES) row(rule, { strangers, mates });

print('\nthe same look again and again, as of somebody who stands still: three votes are then one\n');
print('| votes | margin | mean lead | strangers let in, % (95 %) | enrolled not let in, % (95 %) |');
print('| --- | --- | --- | --- | --- |');
const still = (of: readonly Visit[]) =>
  of.flatMap(({ person, looks }) =>
    looks.map((look) => ({ ...(person !== undefined && { person }), looks: [look, look, look] })),
  );
for (const lead of [0.05, 0.08, 0.1, 0.12]) {
  row([3, 0.05, lead], { strangers: still(strangers), mates: still(mates) });
}
