import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import type { Log } from '../../../../src/core/ports/log.ts';
import {
  AUTO_ORDER,
  chooseProvider,
  deviation,
  settleProvider,
  smokeTrial,
  type Trial,
} from '../../../../src/drivers/inference/onnx/providers.ts';
import type { Provider } from '../../../../src/drivers/inference/onnx/session.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';

const usable = () => undefined;

/** What the providers of a made-up machine compute for the smoke model; those not named do not start. */
const machine =
  (results: Partial<Record<Provider, number[]>>): Trial =>
  async (provider) => {
    const result = results[provider];
    if (result === undefined) throw new Error(`no ${provider} here`);
    return Float32Array.from(result);
  };

describe('choosing a provider', () => {
  test('the first that starts and computes what the CPU computes', async () => {
    const numbers = [1, -2, 3];
    const all = machine({ cpu: numbers, webgpu: numbers, tensorrt: numbers, cuda: [1.001, -2, 3] });
    assert.deepEqual(await chooseProvider(all, usable), { provider: 'cuda', skipped: {} });
    const some = machine({ cpu: numbers, webgpu: numbers });
    assert.deepEqual(await chooseProvider(some, usable), {
      provider: 'webgpu',
      skipped: { cuda: 'no cuda here', tensorrt: 'no tensorrt here' },
    });
  });

  test('one that computes other numbers is passed over, and the reason says so', async () => {
    for (const wrong of [
      [1, -2, 3.1],
      [0, 0, 0],
      [1, Number.NaN, 3],
      [1, -2],
    ]) {
      const found = await chooseProvider(machine({ cpu: [1, -2, 3], webgpu: wrong }), usable, [
        'webgpu',
        'cpu',
      ]);
      assert.equal(found.provider, 'cpu');
      assert.match(found.skipped.webgpu ?? '', /other numbers than the CPU/);
    }
  });

  test('without a device nothing is tried', async () => {
    const never: Trial = () => assert.fail('tried');
    const { provider, skipped } = await chooseProvider(never, (name) => `no device for ${name}`);
    assert.equal(provider, 'cpu');
    assert.deepEqual(Object.keys(skipped), AUTO_ORDER.slice(0, -1));
  });

  test('the log says which one runs and why the others do not', async () => {
    const lines: [Record<string, unknown>, string][] = [];
    const log: Log = { ...silentLog, info: (fields, message) => lines.push([fields, message]) };
    const provider = await settleProvider('auto', log);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.[0].provider, provider);
    const skipped = lines[0]?.[0].skipped as Record<string, string>;
    assert.deepEqual(Object.keys(skipped), AUTO_ORDER.slice(0, AUTO_ORDER.indexOf(provider)));
  });

  test('a named provider that does not start is an error, not another provider', async () => {
    const refused = (error: unknown) =>
      error instanceof LimenError &&
      error.code === 'inference_provider_unavailable' &&
      error.message === 'cuda does not start: no cuda here';
    await assert.rejects(settleProvider('cuda', silentLog, machine({ cpu: [1] })), refused);
    assert.equal(await settleProvider('cuda', silentLog, machine({ cuda: [1] })), 'cuda');
  });

  test('the CPU computes the smoke model, the same each time, with numbers of some size', async () => {
    const [first, second] = [await smokeTrial('cpu'), await smokeTrial('cpu')];
    assert.deepEqual(first, second);
    assert.equal(deviation(first, second), 0);
    assert.ok(Math.max(...first.map(Math.abs)) > 0.1);
  });
});
