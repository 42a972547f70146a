import { COMMON_OPTIONS, type Command, type OptionSpec } from './command.ts';
import { COMMANDS } from './commands.ts';

const HEAD = `Limen: face recognition at a door.

  npx limen demo      see it work: no camera, broker or relay needed
`;

/** Help for one verb, a group such as `models`, or (no words) for everything; an example comes first. */
export function help(of: readonly string[]): string {
  const commands = COMMANDS.filter((command) => of.every((word, i) => command.name[i] === word));
  const [only] = commands;
  if (commands.length === 1 && only !== undefined) return commandHelp(only);
  const rows = commands.map((command) => [invocation(command), command.summary] as const);
  const usage = of.length === 0 ? 'limen VERB [OPTION…]' : `limen ${of.join(' ')} VERB [OPTION…]`;
  return [
    of.length === 0 ? HEAD : `  ${only?.examples[0] ?? ''}\n`,
    `usage: ${usage}\n`,
    columns(rows),
    '\noptions of every verb:\n',
    columns(optionRows(COMMON_OPTIONS)),
    '\nExit codes: 0 done, 1 failed, 2 bad usage or configuration.',
    '`limen help VERB` tells more.\n',
  ].join('\n');
}

function invocation(command: Command): string {
  return [...command.name, ...(command.words === undefined ? [] : [command.words.help])].join(' ');
}

function commandHelp(command: Command): string {
  const own = command.options === undefined ? [] : [columns(optionRows(command.options)), ''];
  return [
    ...command.examples.map((example) => `  ${example}`),
    '',
    `usage: limen ${invocation(command)} [OPTION…]`,
    '',
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.notes === undefined ? [] : [command.notes]),
    '',
    ...own,
    columns(optionRows(COMMON_OPTIONS)),
    '',
  ].join('\n');
}

function optionRows(options: Readonly<Record<string, OptionSpec>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, help: text }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    text,
  ]);
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
