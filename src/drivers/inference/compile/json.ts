import { LimenError } from '../../../core/errors.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function unreadable(message: string, cause?: unknown): LimenError {
  return new LimenError('model_unreadable', `TF.js graph model: ${message}`, { cause });
}

/** Product of the dimensions; throws unless all are positive and the product fits a 32-bit tensor. */
export function elementCount(dims: readonly number[], what: string): number {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const whole = dims.every((dim) => Number.isSafeInteger(dim) && dim > 0);
  if (!whole || count > 2 ** 31 - 1) throw unreadable(`${what} has impossible dimensions ${shown(dims)}`);
  return count;
}

export function shown(dims: readonly number[]): string {
  return `[${dims.join('×')}]`;
}
