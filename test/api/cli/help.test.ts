import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../../src/api/cli/commands.ts';
import { help } from '../../../src/api/cli/help.ts';
import { parse } from '../../../src/api/cli/parse.ts';

test('the overall help names every verb and begins with something to run', () => {
  const text = help([]);
  assert.match(text, /^Limen: .*\n\n {2}npx limen demo/);
  for (const { name } of COMMANDS) assert.ok(text.includes(`\n  ${name.join(' ')} `), name.join(' '));
});

test("a verb's help is an example, the usage, the options", () => {
  assert.equal(
    help(['models', 'pull']),
    `  limen models pull recommended
  limen models pull recommended --from /media/usb/models

usage: limen models pull [PACK] [OPTION…]

Download a pack's models, checked by sha256.

  --from DIR|URL  take the files from here, for sites without internet

  --config FILE  configuration; else $LIMEN_CONFIG, ./limen.yaml, /etc/limen/limen.yaml
  --state DIR    state directory; else $LIMEN_STATE, $STATE_DIRECTORY, ~/.local/state/limen
  --pack NAME    model pack, before \`models.pack\`
  --json         JSON on standard output, one document or one a line
  --debug        show where an error came from
  --help         this help
`,
  );
});

test('every example is understood as the verb that it stands for', () => {
  for (const { name, examples } of COMMANDS) {
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const line = example.replace(/ > .*/, '').replace(/"[^"]*"/g, 'x');
      const parsed = parse(line.split(' ').slice(1));
      assert.ok(parsed.kind === 'invocation', example);
      const camel = name.map((word, i) => (i === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('');
      assert.equal(parsed.invocation.verb, camel);
    }
  }
});

test('no line of help is wider than a terminal', () => {
  const texts = [help([]), ...COMMANDS.map(({ name }) => help(name))];
  const wide = texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 100);
  assert.deepEqual(wide, []);
});
