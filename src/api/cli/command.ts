import { LimenError } from '../../core/errors.ts';
import { checkPersonRef, type PersonRef } from '../../core/person.ts';
import type { CommonArgs, Invocation } from './verbs.ts';

export interface OptionSpec {
  /** `boolean` options also take `=true` and `=false`. */
  readonly type: 'string' | 'boolean';
  /** How help names the value. */
  readonly value?: string;
  readonly help: string;
}

/** What stood on the command line after the verb, with the verb's own options only. */
export interface Given {
  readonly words: readonly string[];
  text(option: string): string | undefined;
  /** `absent` when the option was not given. */
  flag(option: string, absent?: boolean): boolean;
}

/** One verb as the command line knows it. */
export interface Command {
  /** For instance `['models', 'pull']`. */
  readonly name: readonly string[];
  readonly summary: string;
  /** Complete lines to copy, the commonest first. */
  readonly examples: readonly string[];
  /** The words after the verb: how help names them, and how many there may be. */
  readonly words?: { readonly help: string; readonly min: number; readonly max: number };
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** More to know, for the verb's own help. */
  readonly notes?: string;
  /** @throws LimenError `usage` */
  readonly read: (given: Given, common: CommonArgs) => Invocation;
}

/** Options of every verb. */
export const COMMON_OPTIONS = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'configuration; else $LIMEN_CONFIG, ./limen.yaml, /etc/limen/limen.yaml',
  },
  state: {
    type: 'string',
    value: 'DIR',
    help: 'state directory; else $LIMEN_STATE, $STATE_DIRECTORY, ~/.local/state/limen',
  },
  pack: { type: 'string', value: 'NAME', help: 'model pack, before `models.pack`' },
  json: { type: 'boolean', help: 'JSON on standard output, one document or one a line' },
  debug: { type: 'boolean', help: 'show where an error came from' },
  help: { type: 'boolean', help: 'this help' },
} as const satisfies Record<string, OptionSpec>;

/** `GALLERY/ID`, split at the first slash. @throws LimenError `usage` */
export function personRef(word: string): PersonRef {
  const slash = word.indexOf('/');
  if (slash < 0) throw new LimenError('usage', `\`${word}\` is not GALLERY/ID, for instance default/${word}`);
  const ref = { gallery: word.slice(0, slash), id: word.slice(slash + 1) };
  const wrong = checkPersonRef(ref);
  if (wrong !== undefined) throw new LimenError('usage', `\`${word}\` is not GALLERY/ID: ${wrong}`);
  return ref;
}
