import { parseArgs } from 'node:util';
import { LimenError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { COMMON_OPTIONS, type Command, type Given, type OptionSpec } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { CommonArgs, Invocation } from './verbs.ts';

export type Parsed =
  | { readonly kind: 'invocation'; readonly invocation: Invocation }
  /** Of one verb, of a group such as `models`, or of everything (no words). */
  | { readonly kind: 'help'; readonly of: readonly string[] }
  | { readonly kind: 'version' };

interface Option {
  readonly name: string;
  /** As typed. */
  readonly raw: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

const VERSION: OptionSpec = { type: 'boolean', help: 'the version' };

/** Options of all verbs: an option has one type everywhere, so that verbs may stand before or after options. */
const ALL_OPTIONS: Readonly<Record<string, OptionSpec>> = Object.assign(
  { version: VERSION },
  COMMON_OPTIONS,
  ...COMMANDS.map((command) => command.options ?? {}),
);

/**
 * Understands a command line, without the program's own name.
 * @throws LimenError `usage` with the nearest verb or option
 */
export function parse(argv: readonly string[]): Parsed {
  const { words, options } = tokens(argv);
  const asked = options.some(({ name }) => name === 'help' || name === 'h');
  if (options.some(({ name }) => name === 'version')) return { kind: 'version' };
  if (words[0] === 'help') return { kind: 'help', of: known(words.slice(1)) };
  if (asked) return { kind: 'help', of: known(words) };
  const command = find(words);
  const given = collect(command, words.slice(command.name.length), options);
  return { kind: 'invocation', invocation: command.read(given, common(given)) };
}

/** The words of `argv` that name a verb, or a group of verbs; none when it begins with no verb. */
export function verbOf(argv: readonly string[]): readonly string[] {
  return known(tokens(argv).words);
}

function tokens(argv: readonly string[]): { words: string[]; options: Option[] } {
  const words: string[] = [];
  const options: Option[] = [];
  const types = Object.entries(ALL_OPTIONS).map(([name, { type }]) => [name, { type }] as const);
  const parsed = parseArgs({
    args: [...argv],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of parsed.tokens) {
    if (token.kind === 'positional') words.push(token.value);
    else if (token.kind === 'option') {
      const { name, rawName: raw, value, inlineValue } = token;
      options.push({ name, raw, value, inline: inlineValue === true });
    }
  }
  return { words, options };
}

/** The longest beginning of `words` that names a verb or a group of verbs. */
function known(words: readonly string[]): readonly string[] {
  for (let length = Math.min(2, words.length); length > 0; length--) {
    const name = words.slice(0, length);
    if (COMMANDS.some((command) => name.every((word, i) => command.name[i] === word))) return name;
  }
  return [];
}

function find(words: readonly string[]): Command {
  const [first, second] = words;
  if (first === undefined) throw new LimenError('usage', 'which verb? For instance `limen demo`');
  const group = COMMANDS.filter((command) => command.name[0] === first);
  if (group.length === 0) {
    const near = nearest(first, new Set(COMMANDS.map((command) => command.name[0] as string)));
    const hint = near === undefined ? '' : `; did you mean \`limen ${near}\`?`;
    throw new LimenError('usage', `there is no verb \`${first}\`${hint}`);
  }
  const command = group.find(({ name }) => name.length === 1 || name[1] === second);
  if (command !== undefined) return command;
  const inner = group.map((each) => each.name[1] as string);
  const near = second === undefined ? undefined : nearest(second, inner);
  const hint = near === undefined ? '' : `; did you mean \`limen ${first} ${near}\`?`;
  const what =
    second === undefined ? `\`limen ${first}\` needs` : `there is no \`limen ${first} ${second}\`; it takes`;
  throw new LimenError('usage', `${what} one of ${inner.join(', ')}${hint}`);
}

function collect(command: Command, words: readonly string[], options: readonly Option[]): Given {
  const name = `limen ${command.name.join(' ')}`;
  const specs: Readonly<Record<string, OptionSpec>> = { ...COMMON_OPTIONS, ...command.options };
  const values = new Map<string, string | boolean>();
  for (const option of options) {
    const spec = Object.hasOwn(specs, option.name) ? specs[option.name] : undefined;
    if (spec === undefined) {
      const near = nearest(option.name, Object.keys(specs));
      const hint = near === undefined ? '' : `; did you mean \`--${near}\`?`;
      throw new LimenError('usage', `\`${name}\` has no option \`${option.raw}\`${hint}`);
    }
    if (values.has(option.name)) throw new LimenError('usage', `\`${option.raw}\` is given twice`);
    values.set(option.name, spec.type === 'string' ? text(option, spec) : flag(option));
  }
  const { min, max, help } = command.words ?? { min: 0, max: 0, help: '' };
  if (words.length < min) throw new LimenError('usage', `\`${name}\` needs ${help}`);
  if (words.length > max)
    throw new LimenError('usage', `\`${name}\`: \`${words[max]}\` is one word too many`);
  return {
    words,
    text: (option) => values.get(option) as string | undefined,
    flag: (option, absent = false) => (values.get(option) as boolean | undefined) ?? absent,
  };
}

function text({ raw, value, inline }: Option, spec: OptionSpec): string {
  // `--state --json`: the parser takes whatever follows; a value that begins with `-` is written `--state=-x`.
  if (value === undefined || value === '' || (!inline && /^-./.test(value))) {
    throw new LimenError('usage', `\`${raw}\` needs a value: ${raw} ${spec.value ?? 'VALUE'}`);
  }
  return value;
}

function flag({ raw, value }: Option): boolean {
  if (value === undefined || value === 'true') return true;
  if (value === 'false') return false;
  throw new LimenError('usage', `\`${raw}=${value}\`: write ${raw}=true or ${raw}=false`);
}

function common(given: Given): CommonArgs {
  const texts = (['config', 'state', 'pack'] as const).flatMap((name) => {
    const value = given.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(texts), json: given.flag('json') };
}
