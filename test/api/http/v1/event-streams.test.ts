import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FastifyReply } from 'fastify';
import { EventStreams } from '../../../../src/api/http/v1/event-streams.ts';
import { ManualClock } from '../../../../src/runtime/clock.ts';
import { EventFeed } from '../../../../src/services/journal/event-feed.ts';
import { RecordingJournal } from '../../../fixtures/recording-journal.ts';

/** Tells when somebody begins to wait. */
class WatchedClock extends ManualClock {
  #armed: { delayMs: number; resolve: () => void }[] = [];

  override after(delayMs: number, callback: () => void): () => void {
    const cancel = super.after(delayMs, callback);
    for (const { resolve } of this.#armed.filter((each) => each.delayMs === delayMs)) resolve();
    this.#armed = this.#armed.filter((each) => each.delayMs !== delayMs);
    return cancel;
  }

  /** Resolves at the next wait of that length. */
  armed(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#armed.push({ delayMs, resolve }));
  }
}

/** The connection of a caller, as far as a stream knows it. */
class Connection extends EventEmitter {
  destroyed = false;
  writableFinished = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function streaming() {
  const clock = new WatchedClock();
  const journal = new RecordingJournal();
  const streams = new EventStreams({ feed: new EventFeed(journal), clock });
  const connection = new Connection();
  const stream = streams.open({ raw: connection } as unknown as FastifyReply, {});
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<string>;
  return { clock, journal, streams, connection, stream, chunks };
}

test('a silent stream says every 15 s that it is there', async () => {
  const { clock, journal, stream, chunks } = streaming();
  let silent = clock.armed(15_000);
  assert.deepEqual(await chunks.next(), { done: false, value: 'retry: 3000\n\n' });
  for (let i = 0; i < 3; i++) {
    const next = chunks.next();
    await silent;
    silent = clock.armed(15_000);
    clock.advance(15_000);
    assert.deepEqual(await next, { done: false, value: ': nothing new\n\n' });
  }
  const next = chunks.next();
  await silent;
  const event = journal.append({ type: 'daemon.started' });
  assert.deepEqual(await next, { done: false, value: `id: 1\ndata: ${JSON.stringify(event)}\n\n` });
  stream.destroy();
});

test('whoever takes nothing for 30 s is cut off', async () => {
  const { clock, journal, connection, stream, chunks } = streaming();
  await chunks.next();
  const stuck = clock.armed(30_000);
  journal.append({ type: 'daemon.started' });
  // read ahead by the stream, and then nobody takes it
  stream.read(0);
  await stuck;
  clock.advance(29_999);
  assert.equal(connection.destroyed, false);
  clock.advance(1);
  assert.equal(connection.destroyed, true);
  stream.destroy();
});

test('the end of all streams cuts off whoever takes nothing', async () => {
  const { clock, journal, streams, connection, stream, chunks } = streaming();
  await chunks.next();
  const stuck = clock.armed(30_000);
  journal.append({ type: 'daemon.started' });
  stream.read(0);
  await stuck;
  streams.close();
  assert.equal(connection.destroyed, true);
  assert.throws(() => streams.open({ raw: new Connection() } as unknown as FastifyReply, {}), {
    code: 'busy',
  });
  stream.destroy();
});
