import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/** The reason for skipping, or false: Home Assistant renders with Python's Jinja2. */
export const withoutJinja: string | false =
  spawnSync('python3', ['-c', 'import jinja2']).status === 0
    ? false
    : 'needs Jinja2 (apt-get install python3-jinja2)';

/** What Home Assistant adds to Jinja2's sandbox and the templates here use, as it defines them. */
const HOME_ASSISTANT = `
import json, random, sys
from datetime import datetime, timedelta, timezone
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
env = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
request = json.load(sys.stdin)
env.filters['random'] = random.choice
env.filters['to_json'] = json.dumps
env.globals['timedelta'] = timedelta
now = datetime.fromtimestamp(request['nowMs'] / 1000, timezone.utc)
env.globals['utcnow'] = lambda: now
print(env.from_string(request['template']).render(**request['values']), end='')
`;

export interface Values {
  readonly value?: string;
  readonly value_json?: unknown;
}

/** Renders with Jinja2 itself. */
export function renderWithJinja(template: string, values: Values, now: Date): string {
  const input = JSON.stringify({ template, values, nowMs: now.getTime() });
  const { status, stdout, stderr } = spawnSync('python3', ['-c', HOME_ASSISTANT], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/**
 * The five forms that the command template consists of, and nothing else, where there is no Python. A test with
 * Jinja2 itself shows that both agree.
 */
export function renderCommand(template: string, values: { readonly value: string }, now: Date): string {
  const variables = new Map<string, string>();
  const expression = (source: string): string => {
    if (source === 'value') return values.value;
    const chosen = /^(\w+) \| random$/.exec(source)?.[1];
    const letters = chosen === undefined ? undefined : variables.get(chosen);
    if (letters !== undefined) return letters[randomInt(letters.length)] as string;
    const seconds = /^\(utcnow\(\) \+ timedelta\(seconds=(\d+)\)\)\.isoformat\(\)$/.exec(source)?.[1];
    if (seconds === undefined) throw new Error(`not one of the forms: ${source}`);
    // Python writes microseconds and the offset
    return new Date(now.getTime() + Number(seconds) * 1_000).toISOString().replace('Z', '000+00:00');
  };
  const render = (source: string): string =>
    source
      .replace(/\{% set (\w+) = '([^']*)' %\}/g, (_, name: string, text: string) => {
        variables.set(name, text);
        return '';
      })
      .replace(/\{% for \w+ in range\((\d+)\) %\}(.*?)\{% endfor %\}/g, (_, times: string, body: string) =>
        Array.from({ length: Number(times) }, () => render(body)).join(''),
      )
      .replace(/\{\{ (.*?) \}\}/g, (_, source: string) => expression(source));
  const text = render(template);
  if (text.includes('{%')) throw new Error(`not one of the forms: ${text}`);
  return text;
}
