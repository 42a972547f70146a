import { type DestinationStream, pino } from 'pino';
import type { Log } from '../core/ports/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Keys that never reach a log, at the top of the fields or one level down. */
const SECRET_KEYS = ['password', 'token', 'secret', 'authorization', 'embedding', 'image', 'key', 'cookie'];

/** JSON lines on `destination` (standard error in production, so that stdout stays the verbs' own). */
export function createLogger(level: LogLevel, destination: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[removed]' },
    },
    destination,
  );
}

/** For tests and one-shot verbs. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
