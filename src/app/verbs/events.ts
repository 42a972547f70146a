import { EventPrinter } from '../../api/cli/event-printer.ts';
import type { EventsArgs, Io } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import type { EventFilter } from '../../core/event-filter.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { ChainCheck } from '../../runtime/event-chain.ts';
import { holdState, socketOf } from '../desk/state-holder.ts';
import { daemonEvents, liveEvents } from '../event-log/daemon-events.ts';
import { ownEvents } from '../event-log/own-events.ts';
import { timeBound } from '../event-log/time-bound.ts';
import { openSession } from '../session.ts';

/** `limen events`: the journal, oldest first, one event at a time: its size does not matter. */
export async function events(args: EventsArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const filter = args.verify ? {} : filterOf(args, session.clock);
  const socketPath = socketOf(session);
  const chain = args.verify ? new ChainCheck() : undefined;
  const printer = new EventPrinter(io.stdout, args.json ? 'json' : args.csv ? 'csv' : 'lines');
  const lock = await holdState(session);
  let lastSeq = 0;
  try {
    for await (const event of lock ? ownEvents(session, filter) : daemonEvents(socketPath, filter)) {
      io.signal.throwIfAborted();
      lastSeq = event.seq;
      if (chain === undefined) await printer.print(event);
      else chain.see(event);
    }
    if (chain === undefined) await printer.end();
  } finally {
    await lock?.stop();
  }
  if (chain !== undefined) return tellChain(chain.result, args, io);
  if (!args.follow) return 0;
  if (lock)
    throw new LimenError(
      'daemon_missing',
      'no daemon runs over this state directory: nothing more will come',
    );
  for await (const event of liveEvents(socketPath, filter, { afterSeq: lastSeq, signal: io.signal })) {
    await printer.print(event);
  }
  return 0;
}

async function tellChain(
  { entries, firstSeq, head, breaks }: ChainCheck['result'],
  { json }: EventsArgs,
  io: Io,
): Promise<number> {
  if (json) {
    await io.stdout.write(`${JSON.stringify({ entries, firstSeq, head, breaks })}\n`);
  } else if (entries === 0) {
    await io.stdout.write('no administrative entries\n');
  } else {
    for (const { seq, kind } of breaks) {
      const what =
        kind === 'changed'
          ? 'is not as it was written'
          : 'does not hang on the one before it: one is missing';
      await io.stdout.write(`entry ${seq} ${what}\n`);
    }
    const verdict = breaks.length === 0 ? 'all as they were written' : 'THE CHAIN IS BROKEN';
    await io.stdout.write(`${entries} administrative entries since ${firstSeq}: ${verdict}; head ${head}\n`);
  }
  return breaks.length === 0 ? 0 : 1;
}

function filterOf({ types, door, person, since, until }: EventsArgs, clock: Clock): EventFilter {
  const now = clock.wall();
  return {
    ...(types.length > 0 && { types }),
    ...(door !== undefined && { door }),
    ...(person !== undefined && { person }),
    ...(since !== undefined && { since: timeBound('since', since, now) }),
    ...(until !== undefined && { until: timeBound('until', until, now) }),
  };
}
