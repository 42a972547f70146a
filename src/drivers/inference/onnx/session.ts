import './no-telemetry.ts';
import { access, constants } from 'node:fs/promises';
import { env, InferenceSession } from 'onnxruntime-node';
import { LimenError } from '../../../core/errors.ts';
import type { ModelSource, TensorSpec } from '../../../core/ports/inference.ts';

/** onnxruntime's execution providers that Limen knows. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt';

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads within one operator, ≥ 1. */
  readonly threads: number;
}

/** A session whose every input is float32 of known dimensions. */
export interface FixedSession {
  readonly session: InferenceSession;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly string[];
}

/**
 * Opens a model file. Symbolic dimensions (`batch`, `height`) are fixed by `source.inputDims`, so that
 * onnxruntime plans memory once.
 * @throws LimenError `model_missing` | `model_unreadable`
 */
export async function openSession(source: ModelSource, options: SessionOptions): Promise<FixedSession> {
  await access(source.path, constants.R_OK).catch((cause: unknown) => {
    throw new LimenError('model_missing', `${source.name}: cannot read ${source.path}`, { cause });
  });
  const session = await createSession(source.path, options, source.name);
  try {
    const overrides = freeDimensions(session, source);
    if (Object.keys(overrides).length === 0) return fixed(session, source);
  } catch (cause) {
    await session.release();
    throw cause;
  }
  // The names of free dimensions are known only once the model is open.
  const overrides = freeDimensions(session, source);
  await session.release();
  const again = await createSession(source.path, options, source.name, overrides);
  try {
    return fixed(again, source);
  } catch (cause) {
    await again.release();
    throw cause;
  }
}

/** @throws LimenError `model_unreadable` */
export async function createSession(
  model: string | Uint8Array,
  { provider, threads }: SessionOptions,
  name: string,
  freeDimensionOverrides: Readonly<Record<string, number>> = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // With fixed shapes the arena and the memory pattern reach their size in the first runs and keep it; without
    // the arena the pattern allocates its whole block anew at every run.
    enableCpuMemArena: true,
    enableMemPattern: true,
    // Idle threads sleep: a door's box has other work between frames.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: 4,
    freeDimensionOverrides,
  };
  // Errors are thrown; what onnxruntime would write to stderr besides is no part of the log. Read at its first use.
  env.logLevel = 'fatal';
  try {
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (cause) {
    throw new LimenError('model_unreadable', `${name}: ${(cause as Error).message.trim()}`, { cause });
  }
}

function freeDimensions(session: InferenceSession, source: ModelSource): Record<string, number> {
  const overrides: Record<string, number> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const wanted = source.inputDims?.[input.name];
    input.shape.forEach((dim, axis) => {
      const size = wanted?.[axis];
      if (typeof dim === 'string' && dim !== '' && size !== undefined) overrides[dim] = size;
    });
  }
  return overrides;
}

function fixed(session: InferenceSession, source: ModelSource): FixedSession {
  const inputs = session.inputMetadata.map((input) => fixedInput(input, source));
  for (const output of session.outputMetadata) {
    if (!output.isTensor || output.type !== 'float32') {
      throw refusal(source, `output ${output.name} is not a float32 tensor`);
    }
  }
  const unknown = Object.keys(source.inputDims ?? {}).filter((name) => !session.inputNames.includes(name));
  if (unknown.length > 0) {
    throw refusal(source, `no input ${unknown.join(', ')}; it has ${session.inputNames.join(', ')}`);
  }
  return { session, inputs, outputs: session.outputNames };
}

function fixedInput(input: InferenceSession.ValueMetadata, source: ModelSource): TensorSpec {
  if (!input.isTensor || input.type !== 'float32') {
    throw refusal(source, `input ${input.name} is not a float32 tensor`);
  }
  const { name, shape } = input;
  const given = source.inputDims?.[name];
  const wanted = given ?? shape;
  const fits =
    wanted.length === shape.length &&
    wanted.every((size, axis) => typeof size === 'number' && size > 0 && fitsAxis(shape[axis], size));
  if (!fits) {
    const asked = given === undefined ? 'and no size was given for it' : `asked for as ${given.join('×')}`;
    throw refusal(source, `input ${name} is ${shape.join('×')}, ${asked}`);
  }
  return { name, dims: wanted as readonly number[] };
}

function fitsAxis(declared: number | string | undefined, size: number): boolean {
  return typeof declared === 'string' || declared === size;
}

function refusal(source: ModelSource, what: string): LimenError {
  return new LimenError('model_unreadable', `${source.name}: ${what}`);
}
