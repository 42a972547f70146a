import { eventLine } from '../../api/cli/event-line.ts';
import type { Io } from '../../api/cli/verbs.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { ModelPack } from '../../core/model-pack.ts';
import { formatPersonRef, type PersonRef } from '../../core/person.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

const COLOURS: Readonly<Record<string, string>> = {
  'access.granted': '1;32',
  'access.denied': '1;31',
  'door.unlocked': '32',
  'door.locked': '32',
};

/** What the demo shows: a story for people, or events as NDJSON with the summary last. */
export class DemoScreen {
  readonly #io: Io;
  readonly #json: boolean;
  readonly #startedMs = performance.now();
  #last = Promise.resolve();

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  opening(): Promise<void> {
    return this.#say(
      'Limen demo: the daemon as it runs at a door, with a folder of pictures for a camera,',
      'a relay that only remembers, and an MQTT broker of its own. Nothing is installed or kept.',
      '',
    );
  }

  modelsReady(pack: ModelPack): Promise<void> {
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1);
    return this.#say(`models    pack "${pack.name}" compiled and loaded after ${seconds} s: ${pack.title}`);
  }

  stageReady(person: PersonRef, pictures: number, intervalMs: number): Promise<void> {
    return this.#say(
      `enrolled  ${formatPersonRef(person)} from one photograph`,
      `camera    ${pictures} pictures, one every ${intervalMs} ms: two strangers walk up, then the enrolled man,`,
      '          as other photographs show him',
      '',
    );
  }

  event(event: LimenEvent): void {
    this.#queue(() => {
      if (this.#json) return this.#io.stdout.json(event);
      const colour = this.#io.stdout.isTerminal ? COLOURS[event.type] : undefined;
      const line = `${`#${event.seq}`.padStart(4)}  ${eventLine(event, 'wall')}`;
      return this.#io.stdout.line(colour ? `\u001b[${colour}m${line}\u001b[0m` : line);
    });
  }

  /** A message as the subscriber received it. `faces` come five times a second and are left out. */
  message(topic: string, payload: string): void {
    if (this.#json || topic.endsWith('/faces')) return;
    this.#queue(() => this.#io.stdout.line(`${' '.repeat(19)}mqtt  ${topic}  ${shown(topic, payload)}`));
  }

  async summary(verdict: Verdict, stage: Stage): Promise<void> {
    await this.#last;
    if (this.#json) return this.#io.stdout.json({ summary: { ...verdict, pictures: stage.pictures } });
    const { granted, denied, pulsesMs, journalled, received, latenciesMs } = verdict;
    const list = (values: readonly number[]) =>
      values.map((value) => `${value.toFixed(0)} ms`).join(', ') || 'none';
    await this.#say(
      '',
      `granted   ${granted}   after ${list(latenciesMs)} from capture to relay`,
      `denied    ${denied}`,
      `pulses    ${pulsesMs.length}   of ${list(pulsesMs)}`,
      `mqtt      ${received} of ${journalled} journalled events received under the same id`,
      '',
      verdict.ok ? 'The demo did what it promises.' : 'The demo did NOT do what it promises.',
    );
  }

  async #say(...lines: string[]): Promise<void> {
    if (!this.#json) await this.#io.stdout.write(`${lines.join('\n')}\n`);
  }

  #queue(print: () => Promise<void>): void {
    this.#last = this.#last.then(print).catch(() => undefined); // a closed stdout aborts the run by itself
  }
}

/** Of an event what tells it apart, so that the reader can pair it with the line of the daemon above. */
function shown(topic: string, payload: string): string {
  if (!topic.endsWith('/event')) return payload;
  const { seq, type, person } = JSON.parse(payload) as LimenEvent;
  return [`#${seq}`, type, ...(person ? [formatPersonRef(person)] : [])].join(' ');
}
