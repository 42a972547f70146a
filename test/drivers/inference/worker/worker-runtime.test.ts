import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Log } from '../../../../src/core/ports/log.ts';
import { compileGraphModel } from '../../../../src/drivers/inference/compile/compile-graph-model.ts';
import { openInferenceRuntime } from '../../../../src/drivers/inference/runtimes.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { modelFiles } from '../package-models.ts';
import { elements, randomNumbers } from '../random-numbers.ts';
import { withFolder } from '../temporary-folder.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const OPTIONS = { runtime: 'onnx', provider: 'cpu', threads: 1 } as const;

function writeOnnx(folder: string, name: string): string {
  const { json, weights } = modelFiles(name);
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, compileGraphModel(json, weights).onnx);
  return path;
}

describe('inference in a thread of its own', () => {
  /** Turns of the event loop that pass while one network computes. */
  const turnsDuringRun = (thread: 'own' | 'calling') =>
    withFolder(async (folder) => {
      const runtime = await openInferenceRuntime(OPTIONS, silentLog, thread);
      const model = await runtime.load({ name: 'faceres', path: writeOnnx(folder, 'faceres') });
      const [input] = model.inputs;
      assert.ok(input);
      const inputs = { [input.name]: { dims: input.dims, data: randomNumbers(elements(input.dims), 1) } };
      await model.run(inputs);
      let turns = 0;
      let settled = false;
      const running = model.run(inputs).finally(() => {
        settled = true;
      });
      while (!settled) {
        await new Promise(setImmediate);
        turns += 1;
      }
      await running;
      await runtime.close();
      return turns;
    });

  test('the event loop keeps turning while a network computes', async (t) => {
    const [own, calling] = [await turnsDuringRun('own'), await turnsDuringRun('calling')];
    t.diagnostic(
      `turns of the event loop during one inference: own thread ${own}, calling thread ${calling}`,
    );
    assert.ok(calling <= 3 && own > 10 * calling, `${own} and ${calling}`);
  });

  test('what the thread logs appears in the log', async () => {
    const lines: unknown[] = [];
    const log: Log = { ...silentLog, info: (fields, message) => lines.push([message, fields.provider]) };
    const runtime = await openInferenceRuntime({ ...OPTIONS, provider: 'auto' }, log, 'own');
    await runtime.close();
    assert.deepEqual(lines, [['inference provider chosen', runtime.description.replace('onnx/', '')]]);
  });

  test('nothing stays behind when it is closed', async () => {
    const handles = () =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => kind !== 'Immediate')
        .sort();
    const before = handles();
    const runtime = await openInferenceRuntime(OPTIONS, silentLog, 'own');
    await runtime.close();
    assert.deepEqual(handles(), before);
  });

  test('works from compiled JavaScript, and the process ends by itself', async () => {
    await withFolder(async (folder) => {
      const inference = join(REPOSITORY, 'src/drivers/inference');
      symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      const settings = {
        extends: join(REPOSITORY, 'tsconfig.build.json'),
        compilerOptions: {
          rootDir: join(REPOSITORY, 'src'),
          outDir: join(folder, 'dist'),
          typeRoots: [join(REPOSITORY, 'node_modules/@types')],
        },
        files: [join(inference, 'runtimes.ts'), join(inference, 'worker/thread.ts')],
        include: [],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
      const run = promisify(execFile);
      const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
      await run(process.execPath, [tsc, '-p', join(folder, 'tsconfig.json')]);
      const model = writeOnnx(folder, 'liveness');
      writeFileSync(
        join(folder, 'try.js'),
        `import { openInferenceRuntime } from './dist/drivers/inference/runtimes.js';
         const log = { info() {}, warn() {} };
         const runtime = await openInferenceRuntime(${JSON.stringify(OPTIONS)}, log, 'own');
         const model = await runtime.load({ name: 'liveness', path: ${JSON.stringify(model)} });
         const { name, dims } = model.inputs[0];
         const found = await model.run({ [name]: { dims, data: new Float32Array(32 * 32 * 3) } });
         console.log(runtime.description, found.Identity.data.length);
         await runtime.close();`,
      );
      const { stdout } = await run(process.execPath, [join(folder, 'try.js')], { cwd: folder });
      assert.equal(stdout, 'onnx/cpu 2\n');
    });
  });
});
