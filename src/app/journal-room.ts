import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { JournalLog, type JournalLogOptions } from '../drivers/store/journal-log.ts';

/** Where the journal of a state directory lies. */
export function journalDirectory(stateDir: string): string {
  return join(stateDir, 'journal');
}

/** The journal of a state directory, for the daemon and for verbs alike: what one keeps the other does not delete. */
export function journalRoom(
  config: Pick<Config, 'device' | 'journal'>,
  parts: { stateDir: string; clock: Clock; log: Log } & Pick<JournalLogOptions, 'onFault'>,
): JournalLog {
  const { stateDir, ...others } = parts;
  return new JournalLog({
    directory: journalDirectory(stateDir),
    device: config.device,
    ...config.journal,
    ...others,
  });
}
