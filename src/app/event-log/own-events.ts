import { existsSync } from 'node:fs';
import type { EventFilter } from '../../core/event-filter.ts';
import type { LimenEvent } from '../../core/events.ts';
import { EventHistory } from '../../services/journal/event-history.ts';
import { journalDirectory, journalRoom } from '../journal-room.ts';
import type { Session } from '../session.ts';

/** The journal of a state directory that this process has locked, oldest first. Nothing is written. */
export async function* ownEvents(
  { config, stateDir, clock, log }: Session,
  filter: EventFilter,
): AsyncGenerator<LimenEvent, void> {
  if (!existsSync(journalDirectory(stateDir))) return;
  const journal = journalRoom(config, { stateDir, clock, log });
  await journal.start();
  try {
    yield* new EventHistory(journal).from(0, filter);
  } finally {
    await journal.stop();
  }
}
