import './no-telemetry.ts';
import { existsSync, readdirSync } from 'node:fs';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { LimenError } from '../../../core/errors.ts';
import type { Log } from '../../../core/ports/log.ts';
import { createSession, type Provider, type SessionOptions } from './session.ts';
import { SMOKE_DIMS, smokeModel, spreadNumbers } from './smoke-model.ts';

/**
 * What `auto` tries, in this order. CUDA comes first: it starts in seconds, while TensorRT builds an engine per
 * network at every start and picks kernels by timing them, so that embeddings differ slightly from one start to the
 * next; it is tried where CUDA's provider is missing. WebGPU needs no download but is the youngest. The CPU always runs.
 */
export const AUTO_ORDER: readonly Provider[] = ['cuda', 'tensorrt', 'webgpu', 'cpu'];

/**
 * Largest deviation from the CPU's numbers, relative to the largest of them, with which a provider is still taken to
 * compute the same network. GPUs that multiply in TF32 (10-bit fractions) deviate by about 1e-3; wrong ones by 1.
 */
export const MAX_DEVIATION = 1e-2;

/** What onnxruntime computes for the smoke model on a provider. Rejects when the provider does not start. */
export type Trial = (provider: Provider) => Promise<Float32Array>;

export interface ProviderChoice {
  readonly provider: Provider;
  /** Why the ones before it were passed over. */
  readonly skipped: Readonly<Partial<Record<Provider, string>>>;
}

/** The first provider of `order` that starts and computes what the CPU computes. */
export async function chooseProvider(
  trial: Trial,
  unusable: (provider: Provider) => string | undefined = knownUnusable,
  order: readonly Provider[] = AUTO_ORDER,
): Promise<ProviderChoice> {
  const skipped: Partial<Record<Provider, string>> = {};
  let expected: Float32Array | undefined;
  for (const provider of order) {
    if (provider === 'cpu') break;
    const why = unusable(provider);
    if (why !== undefined) {
      skipped[provider] = why;
      continue;
    }
    try {
      const found = await trial(provider);
      expected ??= await trial('cpu');
      const off = deviation(found, expected);
      if (off <= MAX_DEVIATION) return { provider, skipped };
      skipped[provider] = `computes other numbers than the CPU (deviation ${off.toPrecision(2)})`;
    } catch (cause) {
      skipped[provider] = (cause as Error).message;
    }
  }
  return { provider: 'cpu', skipped };
}

/** Largest absolute difference over the largest expected magnitude; infinite for NaN and for other lengths. */
export function deviation(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 0;
  for (const [index, value] of expected.entries()) {
    const off = Math.abs((found[index] as number) - value);
    if (!Number.isFinite(off)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, off);
    scale = Math.max(scale, Math.abs(value));
  }
  return scale === 0 ? (difference === 0 ? 0 : Number.POSITIVE_INFINITY) : difference / scale;
}

/** Runs the smoke model on the real provider. */
export const smokeTrial: Trial = async (provider) => {
  const session = await createSession(smokeModel(), { provider, threads: 1 }, 'smoke model');
  try {
    const count = SMOKE_DIMS.reduce((product, dim) => product * dim, 1);
    const { result } = await session.run({
      image: new OrtTensor('float32', spreadNumbers(count), SMOKE_DIMS),
    });
    return result?.data as Float32Array;
  } finally {
    await session.release();
  }
};

/** What can be known without loading a GPU's libraries: doing so takes half a second and writes to stderr. */
export function knownUnusable(provider: Provider): string | undefined {
  if (provider === 'cpu' || process.platform !== 'linux') return undefined;
  const nvidia = existsSync('/dev/nvidia0') || existsSync('/dev/nvhost-gpu') || existsSync('/dev/dxg');
  if (provider !== 'webgpu') return nvidia ? undefined : 'no NVIDIA device in /dev';
  const render = existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  return nvidia || render ? undefined : 'no GPU in /dev/dri';
}

/**
 * Settles `auto`, or tests that the named provider starts.
 * @throws LimenError `inference_provider_unavailable`
 */
export async function settleProvider(
  wanted: Provider | 'auto',
  log: Log,
  trial: Trial = smokeTrial,
): Promise<SessionOptions['provider']> {
  if (wanted === 'auto') {
    const { provider, skipped } = await chooseProvider(trial);
    log.info({ provider, skipped }, 'inference provider chosen');
    return provider;
  }
  if (wanted !== 'cpu') {
    await trial(wanted).catch((cause: unknown) => {
      const why = (cause as Error).message;
      throw new LimenError('inference_provider_unavailable', `${wanted} does not start: ${why}`, { cause });
    });
  }
  log.info({ provider: wanted }, 'inference provider as configured');
  return wanted;
}
