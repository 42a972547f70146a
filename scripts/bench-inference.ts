/**
 * Times every network of the default pack on onnxruntime (one thread, in the calling thread and in a thread of its
 * own) and on TF.js, alternating within one run, so that the ratios hold on a machine that is busy with other things.
 *
 *   npx tsx scripts/bench-inference.ts [runs]
 *
 * `thread` is what a thread of its own adds to a run, `blocked` how long the caller's event loop waits for it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { InferenceRuntime, Model, Tensor } from '../src/core/ports/inference.ts';
import { compileGraphModel } from '../src/drivers/inference/compile/compile-graph-model.ts';
import { openInferenceRuntime } from '../src/drivers/inference/runtimes.ts';
import { silentLog } from '../src/runtime/logger.ts';

const MODELS = ['blazeface', 'facemesh', 'faceres', 'iris', 'antispoof', 'liveness'];
const PACKAGE = resolve(import.meta.dirname, '../node_modules/@vladmandic/human/models');
const RUNS = Number(process.argv[2] ?? 30);

type Inputs = Record<string, Tensor>;

const write = (line: string): boolean => process.stdout.write(`${line}\n`);
const ms = (value: number): string => value.toFixed(2).padStart(8);

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] as number;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
/** Runs that nobody else on the machine got in the way of: for what is shorter than a time slice. */
const quiet = (values: readonly number[]): number => quantile(values, 0.1);

/** Wall time of one run, and how much of it the caller could do nothing else. */
async function time(model: Model, inputs: Inputs): Promise<{ total: number; blocked: number }> {
  const start = performance.now();
  const running = model.run(inputs);
  const blocked = performance.now() - start;
  await running;
  return { total: performance.now() - start, blocked };
}

interface Comparison {
  /** Medians. */
  readonly calling: number;
  readonly tfjs: number;
  /** 10th percentiles: what the thread adds to a run, and how long it holds the caller up. */
  readonly overhead: number;
  readonly blocked: number;
}

async function compare(models: readonly Model[], inputs: Inputs): Promise<Comparison> {
  const totals: number[][] = models.map(() => []);
  const blocked: number[] = [];
  for (let round = 0; round < RUNS + 3; round++) {
    for (const [at, model] of models.entries()) {
      const taken = await time(model, inputs);
      if (round < 3) continue;
      totals[at]?.push(taken.total);
      if (at === 1) blocked.push(taken.blocked);
    }
  }
  const [calling, own, tfjs] = totals as [number[], number[], number[]];
  const overhead = quiet(own) - quiet(calling);
  return { calling: median(calling), tfjs: median(tfjs), overhead, blocked: quiet(blocked) };
}

async function bench(runtimes: readonly InferenceRuntime[], name: string, folder: string): Promise<void> {
  const json = join(PACKAGE, `${name}.json`);
  const path = join(folder, `${name}.onnx`);
  const started = performance.now();
  writeFileSync(path, compileGraphModel(readFileSync(json), readFileSync(join(PACKAGE, `${name}.bin`))).onnx);
  const compiled = performance.now() - started;
  const paths = [path, path, json];
  const models = await Promise.all(
    runtimes.map((runtime, at) => runtime.load({ name, path: paths[at] as string })),
  );
  const inputs: Inputs = {};
  for (const { name: input, dims } of models[0]?.inputs ?? []) {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    inputs[input] = { dims, data: data.map((_, at) => Math.sin(at)) };
  }
  const { calling, tfjs, overhead, blocked } = await compare(models, inputs);
  const ratio = (tfjs / calling).toFixed(1).padStart(6);
  const columns = [ms(calling), ms(tfjs), ratio, ms(overhead), ms(blocked), ms(compiled)];
  write(`${name.padEnd(10)} ${columns.join('  ')}`);
  await Promise.all(models.map((model) => model.close()));
}

const folder = mkdtempSync(join(tmpdir(), 'limen-bench-'));
const onnx = { runtime: 'onnx', provider: 'cpu', threads: 1 } as const;
const runtimes = [
  await openInferenceRuntime(onnx, silentLog, 'calling'),
  await openInferenceRuntime(onnx, silentLog, 'own'),
  await openInferenceRuntime({ runtime: 'tfjs', provider: 'auto' }, silentLog, 'calling'),
];
try {
  write(`ms, ${RUNS} runs; ${runtimes.map(({ description }) => description).join(', ')}`);
  write('network        onnx     tf.js   ratio    thread   blocked   compile');
  for (const name of MODELS) await bench(runtimes, name, folder);
} finally {
  for (const runtime of runtimes) await runtime.close();
  rmSync(folder, { recursive: true });
}
