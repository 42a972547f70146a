import assert from 'node:assert/strict';
import { test } from 'node:test';
import { main } from '../../../src/api/cli/main.ts';
import type { Verbs } from '../../../src/api/cli/verbs.ts';
import { ERRORS, LimenError } from '../../../src/core/errors.ts';
import { Interruption } from '../../../src/runtime/interruption.ts';
import { captureIo } from './streams.ts';

/** Every verb but the given ones fails the test. */
function verbs(some: Partial<Verbs>): () => Promise<Verbs> {
  return async () => some as Verbs;
}

async function run(line: string, some: Partial<Verbs> = {}, signal?: AbortSignal) {
  const { io, stdout, stderr } = captureIo(signal);
  const code = await main(line.split(' ').filter(Boolean), { io, verbs: verbs(some), version: '1.2.3' });
  return { code, stdout: stdout(), stderr: stderr() };
}

test('a verb gets its arguments, and its code is the exit code', async () => {
  const seen: unknown[] = [];
  const people: Verbs['people'] = async (args, io) => {
    seen.push(args);
    await io.stdout.json([]);
    return 0;
  };
  const result = await run('people staff --json', { people });
  assert.deepEqual(seen, [{ gallery: 'staff', json: true }]);
  assert.deepEqual(result, { code: 0, stdout: '[]\n', stderr: '' });
  assert.equal((await run('people', { people: async () => 1 })).code, 1);
});

test('an error says what happened and what to do, without a stack', async () => {
  const people = async () => {
    throw new LimenError('store_corrupt', 'people.log: frame 7 is damaged');
  };
  assert.deepEqual(await run('people', { people }), {
    code: 1,
    stdout: '',
    stderr: `limen: people.log: frame 7 is damaged\nwhat to do: ${ERRORS.store_corrupt.advice}\n`,
  });
  assert.match((await run('people --debug', { people })).stderr, /\n {4}at /);
});

test('with --json an error is a document on stdout', async () => {
  const people = async () => {
    throw new LimenError('busy', 'later');
  };
  const { code, stdout, stderr } = await run('people --json', { people });
  assert.deepEqual([code, stderr], [1, '']);
  assert.deepEqual(JSON.parse(stdout), {
    error: { code: 'busy', message: 'later', advice: ERRORS.busy.advice, retryable: true },
  });
});

test('a usage error names the help of the verb that was typed, as far as there is one', async () => {
  const evaluate = async () => {
    throw new LimenError('usage', '…');
  };
  const advice = async (line: string) => (await run(line, { evaluate })).stderr.split('\n')[1];
  assert.equal(await advice('evaluate --pairs a.csv --root b'), 'what to do: Run `limen evaluate --help`.');
  assert.equal(await advice('evaluate --nonsense'), 'what to do: Run `limen evaluate --help`.');
  assert.equal(await advice('models nonsense'), 'what to do: Run `limen models --help`.');
  assert.equal(await advice('nonsense'), 'what to do: Run `limen --help`.');
});

test('usage and configuration exit with 2', async () => {
  assert.equal((await run('nonsense')).code, 2);
  for (const code of ['config_invalid', 'config_unreadable', 'bind_unsafe', 'model_missing'] as const) {
    const configCheck = async () => {
      throw new LimenError(code, '…');
    };
    assert.equal((await run('config check', { configCheck })).code, 2, code);
  }
});

test('whatever else is thrown is an internal fault', async () => {
  const people = async () => {
    throw new TypeError('x is not a function');
  };
  const { code, stderr } = await run('people', { people });
  assert.equal(code, 1);
  assert.equal(stderr, `limen: x is not a function\nwhat to do: ${ERRORS.internal_fault.advice}\n`);
});

test('a verb that was cut short exits as the interruption says', async () => {
  for (const exitCode of [0, 130]) {
    const signal = AbortSignal.abort(new Interruption('stopped', exitCode));
    const watch = async () => {
      signal.throwIfAborted();
      return 1;
    };
    assert.deepEqual(await run('watch', { watch }, signal), { code: exitCode, stdout: '', stderr: '' });
  }
});

test('help and version do not load the verbs', async () => {
  const { io, stdout } = captureIo();
  const parts = { io, version: '1.2.3', verbs: () => assert.fail('loaded') };
  assert.equal(await main(['--version'], parts), 0);
  assert.equal(await main(['watch', '--help'], parts), 0);
  assert.match(stdout(), /^1\.2\.3\n {2}limen watch --source/);
});
