import type { LimenEvent } from '../../core/events.ts';
import { CSV_START, csvLine } from './csv-line.ts';
import { eventLine } from './event-line.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

export type EventForm = 'lines' | 'csv' | 'json';

const COLUMNS = [
  'seq',
  'at',
  'type',
  'door',
  'gallery',
  'id',
  'reason',
  'score',
  'margin',
  'distanceM',
  'distanceErrorM',
  'liveness',
  'relay',
  'latencyMs',
  'actor',
  'clockSynced',
  'device',
  'eventId',
];

/** Events one by one, for people (with a line for each new day), for a spreadsheet, or for programs (NDJSON). */
export class EventPrinter {
  readonly #output: Output;
  readonly #form: EventForm;
  #day = '';
  #begun = false;

  constructor(output: Output, form: EventForm) {
    this.#output = output;
    this.#form = form;
  }

  async print(event: LimenEvent): Promise<void> {
    if (this.#form === 'json') return this.#output.json(event);
    await this.#begin();
    if (this.#form === 'csv') return this.#output.write(csvLine(cells(event)));
    const day = event.at.slice(0, 10);
    const heading = day === this.#day ? '' : `${day} UTC\n`;
    this.#day = day;
    await this.#output.write(`${heading}${printable(eventLine(event, 'wall'))}\n`);
  }

  /** After what there was; a spreadsheet gets its headings even when there was nothing. */
  async end(): Promise<void> {
    if (this.#form !== 'json') await this.#begin();
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    if (this.#form === 'csv') await this.#output.write(CSV_START + csvLine(COLUMNS));
  }
}

function cells(event: LimenEvent): (string | number | boolean | undefined)[] {
  const { person, id, ...rest } = event;
  const all: Record<string, unknown> = {
    ...rest,
    gallery: person?.gallery,
    id: person?.id,
    eventId: id,
  };
  return COLUMNS.map((column) => all[column] as string | number | boolean | undefined);
}
