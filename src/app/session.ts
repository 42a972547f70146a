import type { CommonArgs, Io } from '../api/cli/verbs.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { SystemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { readableLog } from '../runtime/readable-log.ts';
import { stateDirectory } from '../runtime/state-directory.ts';
import { clockIsSynced } from '../runtime/time-sync.ts';

/** What every verb begins with. */
export interface Session {
  readonly config: Config;
  /** The file that was read; undefined when defaults hold. */
  readonly configFile: string | undefined;
  readonly stateDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** `quiet` verbs answer a question: they log warnings only. @throws LimenError `config_invalid` | `config_unreadable` */
export function openSession(args: CommonArgs, io: Io, options: { quiet: boolean }): Session {
  const loaded = loadConfig({ file: args.config, env: io.env });
  const config =
    args.pack === undefined
      ? loaded.config
      : { ...loaded.config, models: { ...loaded.config.models, pack: args.pack } };
  const write = (line: string) => void io.stderr.write(line).catch(() => undefined);
  const level = options.quiet && config.log.level !== 'debug' ? 'warn' : config.log.level;
  const log = createLogger(level, { write: io.stderr.isTerminal ? readableLog(write) : write });
  const stateDir = stateDirectory({ option: args.state, env: io.env });
  return { config, configFile: loaded.file, stateDir, log, clock: new SystemClock(clockIsSynced) };
}
