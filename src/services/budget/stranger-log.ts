import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { DAYS_PER_MONTH } from '../../core/false-opens.ts';
import { binOf } from './score-tail.ts';

const DaySchema = Type.Object({
  /** `YYYY-MM-DD`, UTC. */
  day: Type.String(),
  /** How long the daemon ran that day, ms. */
  observedMs: Type.Number({ minimum: 0 }),
  visits: Type.Integer({ minimum: 0 }),
  /** Embeddings compared during these visits, and with how many people altogether. */
  looks: Type.Integer({ minimum: 0 }),
  comparisons: Type.Integer({ minimum: 0 }),
  /** Best score of each visit, by hundredths. */
  scores: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
});
export type StrangerDay = Readonly<Static<typeof DaySchema>>;

const DocumentSchema = Type.Object({ doors: Type.Record(Type.String(), Type.Array(DaySchema)) });

/** What is kept of strangers: counts by door and day. No time of a visit, no template, no picture. */
export interface BudgetDocument {
  readonly doors: Readonly<Record<string, readonly StrangerDay[]>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseBudget(data: unknown): BudgetDocument {
  if (Value.Check(DocumentSchema, data)) return data;
  throw new TypeError('the false-accept budget does not have the shape of its schema');
}

/** One stranger's visit, when it is over. */
export interface StrangerVisit {
  readonly best: number;
  readonly looks: number;
  readonly comparisons: number;
}

/** Adds what happened since the last time; days beyond a month drop out. */
export function withVisits(
  days: readonly StrangerDay[],
  day: string,
  change: { readonly observedMs: number; readonly visits: readonly StrangerVisit[] },
): readonly StrangerDay[] {
  const before = days.find((each) => each.day === day) ?? {
    day,
    observedMs: 0,
    visits: 0,
    looks: 0,
    comparisons: 0,
    scores: {},
  };
  const scores: Record<string, number> = { ...before.scores };
  for (const { best } of change.visits) scores[binOf(best)] = (scores[binOf(best)] ?? 0) + 1;
  const sum = (of: (visit: StrangerVisit) => number) =>
    change.visits.reduce((total, visit) => total + of(visit), 0);
  const today: StrangerDay = {
    day,
    observedMs: before.observedMs + change.observedMs,
    visits: before.visits + change.visits.length,
    looks: before.looks + sum(({ looks }) => looks),
    comparisons: before.comparisons + sum(({ comparisons }) => comparisons),
    scores,
  };
  const others = days.filter((each) => each.day !== day);
  return [...others, today].sort((a, b) => (a.day < b.day ? -1 : 1)).slice(-DAYS_PER_MONTH);
}

/** All days as one. */
export function totalOf(days: readonly StrangerDay[]): Omit<StrangerDay, 'day'> {
  const scores: Record<string, number> = {};
  for (const day of days) {
    for (const [bin, count] of Object.entries(day.scores)) scores[bin] = (scores[bin] ?? 0) + count;
  }
  const sum = (of: (day: StrangerDay) => number) => days.reduce((total, day) => total + of(day), 0);
  return {
    observedMs: sum(({ observedMs }) => observedMs),
    visits: sum(({ visits }) => visits),
    looks: sum(({ looks }) => looks),
    comparisons: sum(({ comparisons }) => comparisons),
    scores,
  };
}
