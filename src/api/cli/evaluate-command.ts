import { LimenError } from '../../core/errors.ts';
import type { Command, Given } from './command.ts';
import type { EvaluationTask } from './verbs.ts';

/** The option that names each kind of data, and the ones that go with it. */
const TASKS = {
  pairs: ['root', 'plot'],
  gallery: ['probes', 'visits'],
  liveness: [],
  distance: ['truth'],
  faces: ['root'],
} as const;
type Kind = keyof typeof TASKS;
const KINDS = Object.keys(TASKS) as Kind[];

/** Strangers who look into the camera, where the site has not said how many. */
const VISITS_PER_DAY = 20;

/** `limen evaluate`: one verb for each question that labelled pictures can answer. */
export const EVALUATE: Command = {
  name: ['evaluate'],
  summary: 'measure a pack on pictures whose truth is known',
  examples: [
    'limen evaluate --pairs pairs.csv --root pictures --plot roc.svg',
    'limen evaluate --gallery staff --probes visitors',
    'limen evaluate --liveness attacks --pack recommended',
    'limen evaluate --distance pictures --truth metres.csv',
    'limen evaluate --faces index.csv --root pictures --json',
  ],
  options: {
    pairs: { type: 'string', value: 'FILE', help: 'CSV with the columns file_a, file_b, same, source' },
    root: { type: 'string', value: 'DIR', help: 'where the files of a CSV are named from' },
    plot: { type: 'string', value: 'FILE.svg', help: 'draws ROC and histograms of the scores' },
    gallery: { type: 'string', value: 'DIR', help: 'DIR/PERSON/*.jpg: who is enrolled' },
    probes: {
      type: 'string',
      value: 'DIR',
      help: 'DIR/PERSON/*.jpg: who comes; others are strangers',
    },
    visits: {
      type: 'string',
      value: 'N',
      help: `strangers a day, for false opens a month (${VISITS_PER_DAY})`,
    },
    liveness: { type: 'string', value: 'DIR', help: 'DIR with live/, print/, screen/: stills, clips' },
    distance: {
      type: 'string',
      value: 'DIR',
      help: 'pictures, read at 0.4 … 1.6 times their size',
    },
    truth: { type: 'string', value: 'FILE', help: 'CSV with the columns file, metres (by tape)' },
    faces: { type: 'string', value: 'FILE', help: 'CSV with the columns file, n_faces (-1: unknown)' },
    fresh: { type: 'boolean', help: 'forget what an interrupted run has kept' },
  },
  notes:
    'The largest face of a picture counts; in --pairs, where the source begins with `lfw`,\n' +
    'and in --gallery with `lfw` in the path, the one nearest the centre, as that set is\n' +
    'labelled. A pair with a picture without a face counts at similarity -1. A rate that so\n' +
    'few trials cannot show is left out; brackets hold 95 % bounds (Wilson).\n' +
    'Clips are judged as the door judges a track: every frame, a median over 3 s. Stills\n' +
    'and uploads have one look or sixteen: their figures say less.\n' +
    'An interrupted run goes on where it was: what was seen in each picture is kept in the\n' +
    'state directory, by its content, until the run has ended.',
  read: (given, common) => ({
    verb: 'evaluate',
    args: { ...common, fresh: given.flag('fresh'), task: taskOf(given) },
  }),
};

function taskOf(given: Given): EvaluationTask {
  const [kind, ...more] = KINDS.filter((name) => given.text(name) !== undefined);
  if (kind === undefined || more.length > 0) {
    const options = KINDS.map((name) => `--${name}`).join(', ');
    throw new LimenError('usage', `evaluate needs exactly one of ${options}`);
  }
  const stray = KINDS.flatMap((name) => TASKS[name] as readonly string[]).find(
    (option) => given.text(option) !== undefined && !(TASKS[kind] as readonly string[]).includes(option),
  );
  if (stray !== undefined) throw new LimenError('usage', `--${stray} does not go with --${kind}`);
  const from = given.text(kind) as string;
  const needed = (option: string): string => {
    const value = given.text(option);
    if (value === undefined) throw new LimenError('usage', `evaluate --${kind} needs --${option}`);
    return value;
  };
  const optional = <O extends string>(option: O): { readonly [K in O]?: string } => {
    const value = given.text(option);
    return value === undefined ? {} : ({ [option]: value } as { [K in O]: string });
  };
  switch (kind) {
    case 'pairs':
      return { kind, pairs: from, root: needed('root'), ...optional('plot') };
    case 'gallery':
      return { kind, gallery: from, probes: needed('probes'), visitsPerDay: visits(given.text('visits')) };
    case 'liveness':
      return { kind, directory: from };
    case 'distance':
      return { kind, directory: from, ...optional('truth') };
    case 'faces':
      return { kind, index: from, root: needed('root') };
  }
}

function visits(text: string | undefined): number {
  if (text === undefined) return VISITS_PER_DAY;
  const value = Number(text);
  if (!(value > 0 && value <= 1e6)) {
    throw new LimenError('usage', `--visits ${text}: a number of strangers a day, more than 0`);
  }
  return value;
}
