import { constants } from 'node:os';
import { Interruption } from './interruption.ts';

/** What of `process` the edge uses; a part of its own in tests. */
export type HostProcess = Pick<NodeJS.Process, 'on' | 'off' | 'exit'>;

export interface EdgeOptions {
  /** Writes down an error that nobody caught. */
  readonly onFatal: (cause: unknown, kind: string) => void;
  /** After this the process ends although the work has not, ms. Longer than `Lifecycle` takes to stop. */
  readonly graceMs?: number;
  readonly host?: HostProcess;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Carries out the work of the process and resolves to its exit code. SIGINT, SIGTERM and SIGHUP abort `signal`
 * and the work ends in order; a second one exits at once. An error that nobody caught is written down and ends
 * the work in order too, so that the relay is made safe, with exit code 1.
 */
export async function runAtEdge(
  work: (control: AbortController) => Promise<number>,
  options: EdgeOptions,
): Promise<number> {
  const { onFatal, graceMs = 10_000, host = process } = options;
  const control = new AbortController();
  let fatal = false;
  let deadline: NodeJS.Timeout | undefined;

  const end = (reason: Interruption) => {
    control.abort(reason);
    // Not unref'd: work that has lost its last handle without settling must still end with this code.
    deadline ??= setTimeout(() => host.exit(reason.exitCode || 1), graceMs);
  };
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name];
    if (control.signal.aborted) host.exit(fatal ? 1 : code);
    end(new Interruption(`ended by ${name}`, code));
  };
  const onUncaught = (cause: unknown, kind: string) => {
    const again = fatal;
    fatal = true;
    try {
      onFatal(cause, kind);
    } finally {
      if (!again) end(new Interruption('ended by an error that nobody caught', 1));
    }
  };
  const onRejection = (cause: unknown) => onUncaught(cause, 'unhandledRejection');
  const onException = (cause: unknown) => onUncaught(cause, 'uncaughtException');

  for (const name of SIGNALS) host.on(name, onSignal);
  host.on('unhandledRejection', onRejection);
  host.on('uncaughtException', onException);
  try {
    const code = await work(control);
    return fatal ? 1 : code;
  } finally {
    clearTimeout(deadline);
    for (const name of SIGNALS) host.off(name, onSignal);
    host.off('unhandledRejection', onRejection);
    host.off('uncaughtException', onException);
  }
}
