import assert from 'node:assert/strict';
import { test } from 'node:test';
import { help } from '../../../src/api/cli/help.ts';
import { parse } from '../../../src/api/cli/parse.ts';
import { LimenError } from '../../../src/core/errors.ts';

const UNDERSTOOD: readonly (readonly [line: string, task: object])[] = [
  ['--pairs p.csv --root r', { kind: 'pairs', pairs: 'p.csv', root: 'r' }],
  ['--pairs p.csv --root r --plot a.svg', { kind: 'pairs', pairs: 'p.csv', root: 'r', plot: 'a.svg' }],
  ['--gallery g --probes p', { kind: 'gallery', gallery: 'g', probes: 'p', visitsPerDay: 20 }],
  ['--gallery g --probes p --visits 3', { kind: 'gallery', gallery: 'g', probes: 'p', visitsPerDay: 3 }],
  ['--liveness d', { kind: 'liveness', directory: 'd' }],
  ['--distance d --truth t.csv', { kind: 'distance', directory: 'd', truth: 't.csv' }],
  ['--faces i.csv --root r', { kind: 'faces', index: 'i.csv', root: 'r' }],
];
const REFUSED: readonly (readonly [line: string, saying: RegExp])[] = [
  ['', /exactly one of --pairs, --gallery, --liveness, --distance, --faces/],
  ['--liveness d --distance d', /exactly one of/],
  ['--pairs p.csv', /--pairs needs --root/],
  ['--gallery g', /--gallery needs --probes/],
  ['--liveness d --plot a.svg', /--plot does not go with --liveness/],
  ['--distance d --root r', /--root does not go with --distance/],
  ['--gallery g --probes p --visits none', /--visits none/],
  ['--gallery g --probes p --visits -1', /--visits/],
];
const read = (line: string) => parse(['evaluate', ...line.split(' ').filter((word) => word !== '')]);

for (const [line, task] of UNDERSTOOD) {
  test(`limen evaluate ${line}`, () => {
    const args = { json: false, fresh: false, task };
    assert.deepEqual(read(line), { kind: 'invocation', invocation: { verb: 'evaluate', args } });
  });
}

for (const [line, saying] of REFUSED) {
  test(`limen evaluate ${line} is refused`, () => {
    assert.throws(
      () => read(line),
      (error) => error instanceof LimenError && error.code === 'usage' && saying.test(error.message),
    );
  });
}

test('its help begins with an example', () => {
  assert.match(help(['evaluate']), /^ {2}limen evaluate --pairs pairs\.csv --root pictures/);
});
