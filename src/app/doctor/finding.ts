import { LimenError, toLimenError } from '../../core/errors.ts';

/** What one look at the installation found. */
export interface Finding {
  readonly check: string;
  /** `warn`: Limen works, but not as one would want; `fail`: something that was asked for does not. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

export interface Check {
  readonly name: string;
  /** One finding, or several of their own names. What it throws is a finding of its own. */
  readonly look: (signal: AbortSignal) => Promise<Finding | readonly Finding[]>;
  /** It has answered by then or has failed, ms. */
  readonly limitMs?: number;
}

const DEFAULT_LIMIT_MS = 20_000;

export function ok(check: string, detail: string): Finding {
  return { check, status: 'ok', detail };
}

export function warn(check: string, detail: string, fix: string): Finding {
  return { check, status: 'warn', detail, fix };
}

export function fail(check: string, detail: string, fix: string): Finding {
  return { check, status: 'fail', detail, fix };
}

/** An error as a finding, with the advice of its code. */
export function failed(check: string, cause: unknown): Finding {
  const { message, advice } = toLimenError(cause);
  return fail(check, message, advice);
}

/** Looks once, within the check's limit, and never throws but for an abort from outside. */
export async function examine(check: Check, signal: AbortSignal): Promise<readonly Finding[]> {
  const { name, look, limitMs = DEFAULT_LIMIT_MS } = check;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limitMs);
  const over = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () =>
      reject(new LimenError('internal_fault', `no answer within ${limitMs / 1_000} s`)),
    );
  });
  over.catch(() => undefined); // when nobody races any more
  try {
    const found = await Promise.race([look(AbortSignal.any([signal, late.signal])), over]);
    return 'check' in found ? [found] : found;
  } catch (cause) {
    signal.throwIfAborted();
    if (late.signal.aborted) {
      return [fail(name, `no answer within ${limitMs / 1_000} s`, 'look at the device or server; run again')];
    }
    return [failed(name, cause)];
  } finally {
    clearTimeout(timer);
  }
}
