import type { ErrorCode } from '../../../core/errors.ts';
import type { ModelSource, Tensor, TensorSpec } from '../../../core/ports/inference.ts';
import type { InferenceOptions } from '../in-thread.ts';

/** What the thread is started with. */
export type ThreadOptions = InferenceOptions;

/** Work for the thread; each is answered under its `id`. */
export type Work =
  | { readonly kind: 'load'; readonly source: ModelSource }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly inputs: Readonly<Record<string, Tensor>>;
      readonly outputs: readonly string[];
    }
  | { readonly kind: 'unload'; readonly model: number };

export type ToThread =
  | { readonly kind: 'work'; readonly id: number; readonly work: Work }
  | { readonly kind: 'shutdown' };

export interface Loaded {
  readonly model: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly string[];
}

export interface Computed {
  readonly outputs: Record<string, Tensor>;
  /** The buffers of the inputs, handed back to be filled again. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The first message is `ready` or `failed`. */
export type FromThread =
  | { readonly kind: 'ready'; readonly description: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly result: Loaded | Computed | undefined }
  | { readonly kind: 'refused'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly fields: Record<string, unknown>;
      readonly message: string;
    };
