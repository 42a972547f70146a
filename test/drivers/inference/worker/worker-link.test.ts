import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { type ErrorCode, LimenError } from '../../../../src/core/errors.ts';
import { MAX_WAITING, WorkerLink } from '../../../../src/drivers/inference/worker/worker-link.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';

const OPTIONS = { runtime: 'onnx', provider: 'cpu' } as const;
const WORK = { kind: 'unload', model: 1 } as const;

/** A real thread that runs `body` for every message instead of inference. */
function linkTo(body: string, resourceLimits: ResourceLimits = {}): WorkerLink {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (message) => { ${body} });
    parentPort.postMessage({ kind: 'ready', description: 'test' });`;
  const settings = { eval: true, execArgv: [], resourceLimits };
  return new WorkerLink(OPTIONS, silentLog, () => new Worker(code, settings));
}

function refusedAs(code: ErrorCode, message: RegExp) {
  return (error: unknown) =>
    error instanceof LimenError && error.code === code && message.test(error.message);
}

const threads = () =>
  process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind)).length;

describe('the link to the inference thread', () => {
  for (const [how, body, message] of [
    ['throws', "if (message.id === 3) throw new Error('out of luck')", /out of luck/],
    ['exits', 'if (message.id === 3) process.exit(7)', /code 7/],
    ['ends quietly', 'if (message.id === 3) parentPort.close()', /code 0/],
    ['runs out of memory', 'if (message.id === 3) for (const all = [];;) all.push({ message })', /memory/],
  ] as const) {
    test(`a thread that ${how} rejects all that waits and all that comes, and leaves nothing behind`, async () => {
      const before = threads();
      const small = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 };
      const link = linkTo(body, how === 'runs out of memory' ? small : {});
      await link.started();
      const calls = [1, 2, 3, 4, 5].map(() => link.call(WORK));
      const settled = await Promise.allSettled(calls);
      for (const call of settled) {
        assert.ok(call.status === 'rejected' && refusedAs('inference_failed', message)(call.reason));
      }
      await assert.rejects(link.call(WORK), refusedAs('inference_failed', message));
      await link.close();
      assert.equal(threads(), before);
    });
  }

  test('a thread that cannot start says why', async () => {
    const failing = "parentPort.postMessage({ kind: 'failed', code: 'package_missing', message: 'none' })";
    const code = `const { parentPort } = require('node:worker_threads'); ${failing}`;
    const link = new WorkerLink(OPTIONS, silentLog, () => new Worker(code, { eval: true, execArgv: [] }));
    await assert.rejects(link.started(), refusedAs('package_missing', /none/));
    const dead = new WorkerLink(
      OPTIONS,
      silentLog,
      () => new Worker('throw new Error("at once")', { eval: true, execArgv: [] }),
    );
    await assert.rejects(dead.started(), refusedAs('inference_failed', /at once/));
  });

  test('work beyond the limit is refused as busy, and the rest is done in order', async () => {
    const link = linkTo(`
      if (message.kind === 'shutdown') parentPort.close();
      else parentPort.postMessage({ kind: 'done', id: message.id, result: message.id });`);
    await link.started();
    const accepted = [...Array(MAX_WAITING).keys()].map(() => link.call(WORK));
    await assert.rejects(link.call(WORK), refusedAs('busy', /64 inferences/));
    const results = await Promise.all(accepted);
    assert.deepEqual(
      results,
      [...results].sort((a, b) => Number(a) - Number(b)),
    );
    assert.equal(typeof (await link.call(WORK)), 'number');
    await link.close();
  });
});
