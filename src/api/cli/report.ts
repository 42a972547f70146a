import type { ErrorCode } from '../../core/errors.ts';
import { type LimenError, toLimenError } from '../../core/errors.ts';
import type { Io } from './verbs.ts';

/** Errors that the person at the keyboard made or can mend by writing something else: exit code 2. */
const USAGE: ReadonlySet<ErrorCode> = new Set([
  'usage',
  'file_unusable',
  'config_invalid',
  'config_unreadable',
  'bind_unsafe',
  'uri_unknown_scheme',
  'uri_invalid',
  'pack_unknown',
  'model_missing',
]);

export function exitCode(error: LimenError): 1 | 2 {
  return USAGE.has(error.code) ? 2 : 1;
}

/**
 * Tells an error: what happened, then what to do; as JSON on stdout with `json`. The stack is shown only with
 * `debug`. `verb` is what was asked for, as far as it was understood. Returns the exit code.
 */
export async function reportError(
  cause: unknown,
  io: Pick<Io, 'stdout' | 'stderr'>,
  options: { readonly json: boolean; readonly debug: boolean; readonly verb: readonly string[] },
): Promise<1 | 2> {
  const error = toLimenError(cause);
  const { code, message, retryable } = error;
  // what was typed is known here, so the advice need not speak of any VERB
  const advice = error.advice.replace('limen VERB', ['limen', ...options.verb].join(' '));
  if (options.json) {
    await io.stdout.json({ error: { code, message, advice, retryable } });
  } else {
    await io.stderr.line(`limen: ${message}`);
    await io.stderr.line(`what to do: ${advice}`);
  }
  if (options.debug) {
    const origin = error.cause instanceof Error ? error.cause : error;
    await io.stderr.line(origin.stack ?? String(origin));
  }
  return exitCode(error);
}
