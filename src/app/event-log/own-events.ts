import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventFilter } from '../../core/event-filter.ts';
import type { LimenEvent } from '../../core/events.ts';
import { JournalLog } from '../../drivers/store/journal-log.ts';
import { EventHistory } from '../../services/journal/event-history.ts';
import type { Session } from '../session.ts';

/** The journal of a state directory that this process has locked, oldest first. Nothing is written. */
export async function* ownEvents(
  { config, stateDir, clock, log }: Session,
  filter: EventFilter,
): AsyncGenerator<LimenEvent, void> {
  const directory = join(stateDir, 'journal');
  if (!existsSync(directory)) return;
  const { keepDays } = config.journal;
  const journal = new JournalLog({ directory, device: config.device, keepDays, clock, log });
  await journal.start();
  try {
    yield* new EventHistory(journal).from(0, filter);
  } finally {
    await journal.stop();
  }
}
