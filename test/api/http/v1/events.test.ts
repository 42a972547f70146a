import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { EventBody, LimenEvent } from '../../../../src/core/events.ts';
import { serve } from '../serving.ts';

const denied = (door: string): EventBody => ({ type: 'access.denied', door, reason: 'unknown_face' });

/** A listener of server-sent events, as a browser is one. */
class Listener {
  readonly response: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer>;
  #text = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    this.#chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  static async open(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<Listener> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(url, { headers, agent: false }, resolve);
      request.on('error', reject);
      t.after(() => request.destroy());
    });
    response.on('error', () => {});
    return new Listener(response);
  }

  /** The next `count` events. */
  async take(count: number): Promise<LimenEvent[]> {
    const events: LimenEvent[] = [];
    while (events.length < count) {
      const block = await this.#block();
      assert.ok(block !== undefined, `ended after ${events.length} of ${count} events`);
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(block) ?? [];
      if (data === undefined) continue;
      const event = JSON.parse(data) as LimenEvent;
      assert.equal(event.seq, Number(id));
      events.push(event);
    }
    return events;
  }

  async seqs(count: number): Promise<number[]> {
    return (await this.take(count)).map(({ seq }) => seq);
  }

  /** Reads until the other side ends it. */
  async ended(): Promise<boolean> {
    try {
      while ((await this.#block()) !== undefined);
    } catch {
      // cut off is ended as well
    }
    return true;
  }

  async #block(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const chunk = await this.#chunks.next();
      if (chunk.done) return undefined;
      this.#text += chunk.value.toString();
    }
  }
}

test('the journal in pages: newest first, or from a number on, filtered', async (t) => {
  const { url, journal } = await serve(t);
  for (const door of ['front', 'back', 'front']) journal.append(denied(door));
  const page = async (query: string) => {
    const response = await fetch(`${url}/v1/events${query}`);
    assert.equal(response.status, 200);
    const { events, next } = (await response.json()) as { events: LimenEvent[]; next?: number };
    return [events.map(({ seq }) => seq), next];
  };
  assert.deepEqual(await page(''), [[3, 2, 1], undefined]);
  assert.deepEqual(await page('?limit=2'), [[3, 2], 2]);
  assert.deepEqual(await page('?limit=2&before=2'), [[1], undefined]);
  assert.deepEqual(await page('?after=0&limit=2'), [[1, 2], 2]);
  assert.deepEqual(await page('?after=2'), [[3], undefined]);
  assert.deepEqual(await page('?door=front&type=access.denied&type=door.forced'), [[3, 1], undefined]);
  assert.deepEqual(await page('?type=door.forced'), [[], undefined]);
  assert.deepEqual(await page('?since=1969-12-31T23:00:00-02:00'), [[], undefined]);
  assert.deepEqual(await page('?since=1970-01-01T01:00:00+01:00'), [[3, 2, 1], undefined]);
  const [first] = ((await (await fetch(`${url}/v1/events`)).json()) as { events: LimenEvent[] }).events;
  assert.deepEqual(first, journal.events[2]);
  for (const query of [
    'type=door.kicked',
    'limit=0',
    'limit=1001',
    'after=-1',
    'after=1&before=2',
    'since=now',
    'until=2030-02-31x',
    'person=anna',
    'person=/a',
  ]) {
    assert.equal((await fetch(`${url}/v1/events?${query}`)).status, 400, query);
  }
});

test('live: what happens from now on, and nothing that was before', async (t) => {
  const { url, journal } = await serve(t);
  journal.append(denied('front'));
  const listener = await Listener.open(t, `${url}/v1/events/live`);
  assert.match(String(listener.response.headers['content-type']), /^text\/event-stream/);
  journal.append(denied('front'));
  assert.deepEqual(await listener.seqs(1), [2]);
  const event = journal.append(denied('back'));
  assert.deepEqual(await listener.take(1), [event]);
});

test('the same on /v1/events for whoever accepts an event stream; filters hold', async (t) => {
  const { url, journal } = await serve(t);
  const headers = { accept: 'text/event-stream' };
  const listener = await Listener.open(t, `${url}/v1/events?door=back`, headers);
  for (const door of ['front', 'back', 'front', 'back']) journal.append(denied(door));
  assert.deepEqual(await listener.seqs(2), [2, 4]);
});

test('a listener that comes back misses nothing and hears nothing twice', async (t) => {
  const { url, journal } = await serve(t);
  const heard: number[] = [];
  for (let i = 0; i < 450; i++) journal.append(denied('front'));
  let headers: Record<string, string> = {};
  let address = `${url}/v1/events/live?after=0`;
  for (const count of [1, 249, 3, 300]) {
    const listener = await Listener.open(t, address, headers);
    for (let i = 0; i < 30; i++) journal.append(denied('back'));
    heard.push(...(await listener.seqs(count)));
    listener.response.destroy();
    headers = { 'last-event-id': String(heard.at(-1)) };
    // what a browser asked for at first it asks for again: the header counts for more
    address = `${url}/v1/events/live?after=0`;
  }
  assert.deepEqual(
    heard,
    Array.from({ length: 553 }, (_, i) => i + 1),
  );
  for (const id of ['x', '-1', '1.5']) {
    assert.equal((await fetch(`${url}/v1/events/live`, { headers: { 'last-event-id': id } })).status, 400);
  }
});

test('a listener that is ahead of the journal hears what comes next', async (t) => {
  const { url, journal } = await serve(t);
  journal.append(denied('front'));
  const listener = await Listener.open(t, `${url}/v1/events/live`, { 'last-event-id': '900' });
  journal.append(denied('front'));
  assert.deepEqual(await listener.seqs(1), [2]);
});

test('sixteen may listen; the next is told to come back, and gets the place of whoever leaves', async (t) => {
  const { url, journal } = await serve(t);
  const address = `${url}/v1/events/live`;
  const listeners = await Promise.all(Array.from({ length: 16 }, () => Listener.open(t, address)));
  const refused = await fetch(address);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2']);
  await refused.body?.cancel();
  listeners[0]?.response.destroy();
  // the server hears of the leaving when it does
  let seventeenth = await Listener.open(t, address);
  while (seventeenth.response.statusCode === 503) seventeenth = await Listener.open(t, address);
  journal.append(denied('front'));
  assert.deepEqual(await seventeenth.seqs(1), [1]);
  assert.deepEqual(await listeners[15]?.seqs(1), [1]);
});

test('the stop of the server ends every stream', async (t) => {
  const { url, server, journal } = await serve(t);
  const listeners = await Promise.all([0, 1, 2].map(() => Listener.open(t, `${url}/v1/events/live`)));
  journal.append(denied('front'));
  for (const listener of listeners) assert.deepEqual(await listener.seqs(1), [1]);
  const [, ...ended] = await Promise.all([server.stop(), ...listeners.map((listener) => listener.ended())]);
  assert.deepEqual(ended, [true, true, true]);
});
