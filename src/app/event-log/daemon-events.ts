import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { LimenError } from '../../core/errors.ts';
import type { EventFilter } from '../../core/event-filter.ts';
import type { LimenEvent } from '../../core/events.ts';
import { formatPersonRef } from '../../core/person.ts';
import { askDaemon, refusalIn } from '../desk/daemon-socket.ts';

const PAGE = 1_000;

/** The running daemon's journal, oldest first, page by page. @throws LimenError as the daemon answers */
export async function* daemonEvents(
  socketPath: string,
  filter: EventFilter,
): AsyncGenerator<LimenEvent, void> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const query = queryOf(filter, { after: String(after), limit: String(PAGE) });
    const answer = await askDaemon(socketPath, 'GET', `/v1/events?${query}`);
    if (answer.status !== 200) throw refusalIn(answer);
    const page = answer.body as { events: readonly LimenEvent[]; next?: number };
    yield* page.events;
    after = page.next;
  }
}

/**
 * What happens after `afterSeq`, as server-sent events, until `signal` aborts. A reader that is slow holds up the
 * daemon's side of the connection and nothing else. @throws LimenError `busy` | `internal_fault` when the daemon ends
 */
export async function* liveEvents(
  socketPath: string,
  filter: EventFilter,
  options: { readonly afterSeq: number; readonly signal: AbortSignal },
): AsyncGenerator<LimenEvent, void> {
  const query = queryOf(filter, { after: String(options.afterSeq) });
  const response = await open(socketPath, `/v1/events/live?${query}`, options.signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new LimenError('busy', `the daemon answered ${response.statusCode} instead of events`);
  }
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as LimenEvent;
    }
  } catch (cause) {
    options.signal.throwIfAborted();
    throw new LimenError('internal_fault', `the daemon went away (${(cause as Error).message})`, { cause });
  } finally {
    response.destroy();
  }
  options.signal.throwIfAborted();
  throw new LimenError('internal_fault', 'the daemon has ended, and with it its events');
}

function open(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, signal, headers: { host: 'localhost' } }, resolve)
      .on('error', (cause) => {
        const gone = new LimenError('busy', `the daemon does not answer (${cause.message})`, { cause });
        reject(signal.aborted ? signal.reason : gone);
      })
      .end();
  });
}

function queryOf(filter: EventFilter, more: Record<string, string>): URLSearchParams {
  const { types = [], door, person, since, until } = filter;
  const query = new URLSearchParams(more);
  for (const type of types) query.append('type', type);
  if (door !== undefined) query.set('door', door);
  if (person !== undefined) query.set('person', formatPersonRef(person));
  if (since !== undefined) query.set('since', since.toISOString());
  if (until !== undefined) query.set('until', until.toISOString());
  return query;
}
