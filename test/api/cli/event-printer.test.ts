import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../../../src/api/cli/csv.ts';
import { type EventForm, EventPrinter } from '../../../src/api/cli/event-printer.ts';
import type { LimenEvent } from '../../../src/core/events.ts';
import { capture } from './streams.ts';

const EVENT: LimenEvent = {
  id: 'b-1',
  seq: 1,
  bootId: 'b',
  at: '2026-11-20T23:59:59.000Z',
  clockSynced: true,
  device: 'box',
  type: 'access.denied',
  door: 'front',
  reason: 'unknown_face',
  score: -0.25,
};
const LATER: LimenEvent = {
  ...EVENT,
  id: 'b-2',
  seq: 2,
  at: '2026-11-21T00:00:01.000Z',
  type: 'person.enrolled',
  person: { gallery: 'default', id: '=HYPERLINK("http://evil")' },
  reason: 'a\u001b[2Jb',
  actor: 'cli',
};

async function printed(form: EventForm, ...events: LimenEvent[]): Promise<string> {
  const { output, text } = capture();
  const printer = new EventPrinter(output, form);
  for (const event of events) await printer.print(event);
  await printer.end();
  return text();
}

test('lines: the time of day, and the day where it changes; nothing that a terminal obeys', async () => {
  const lines = (await printed('lines', EVENT, EVENT, LATER)).split('\n');
  assert.equal(lines[0], '2026-11-20 UTC');
  assert.match(lines[1] ?? '', /^23:59:59\.000 {2}access\.denied +front +unknown_face +score -0\.25$/);
  assert.equal(lines[3], '2026-11-21 UTC');
  assert.match(lines[4] ?? '', /a\uFFFD\[2Jb +score -0\.25 +by cli$/);
});

test('a spreadsheet gets headings, one row each, and no formula', async () => {
  const rows = parseCsv(await printed('csv', EVENT, LATER), ['seq', 'id', 'score', 'eventId'], 'x');
  assert.deepEqual(rows, [
    { seq: '1', id: '', score: '-0.25', eventId: 'b-1' },
    { seq: '2', id: '\'=HYPERLINK("http://evil")', score: '-0.25', eventId: 'b-2' },
  ]);
  assert.match(await printed('csv'), /^\uFEFFseq,at,type,.*\r\n$/);
});

test('one JSON document a line, as the journal has it', async () => {
  assert.equal(await printed('json', EVENT), `${JSON.stringify(EVENT)}\n`);
  assert.equal(await printed('json'), '');
});
