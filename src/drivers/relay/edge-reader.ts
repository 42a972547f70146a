import { readSync } from 'node:fs';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { decodeLineEvent, GPIO_UAPI } from './gpio-uapi.ts';
import { readable } from './poll.ts';

/** How often the kernel's queue of edges is looked into, ms: below what a hand at a button notices. */
const LOOK_MS = 25;
/** Edges read at once; the kernel queues 16 of a line. */
const MAX_EVENTS = 16;

/** Reads the edges that the kernel queues for one line. Owns the timer, not the descriptor. */
export class EdgeReader {
  readonly #uri: string;
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #onEdge: (active: boolean) => void;
  /** Edges went missing in the kernel's queue: the level has to be asked for. */
  readonly #onGap: () => void;
  readonly #onBroken: (error: LimenError) => void;
  readonly #buffer = new Uint8Array(MAX_EVENTS * GPIO_UAPI.size.lineEvent);
  #lastSeqno = 0;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(parts: {
    uri: string;
    fd: number;
    clock: Clock;
    onEdge: (active: boolean) => void;
    onGap: () => void;
    onBroken: (error: LimenError) => void;
  }) {
    this.#uri = parts.uri;
    this.#fd = parts.fd;
    this.#clock = parts.clock;
    this.#onEdge = parts.onEdge;
    this.#onGap = parts.onGap;
    this.#onBroken = parts.onBroken;
  }

  start(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #look(): void {
    try {
      while (!this.#stopped) {
        const state = readable(this.#fd);
        if (state === 'broken') throw new LimenError('input_unavailable', 'the device is gone');
        if (state === 'no') break;
        this.#read();
      }
      if (!this.#stopped) this.start();
    } catch (cause) {
      this.stop();
      const { message } = toLimenError(cause, 'input_unavailable');
      this.#onBroken(
        new LimenError('input_unavailable', `${this.#uri} cannot be read: ${message}`, { cause }),
      );
    }
  }

  #read(): void {
    const bytes = readSync(this.#fd, this.#buffer);
    if (bytes === 0) throw new LimenError('input_unavailable', 'the device has ended');
    const size = GPIO_UAPI.size.lineEvent;
    let gap = false;
    for (let at = 0; at + size <= bytes && !this.#stopped; at += size) {
      const { active, seqno } = decodeLineEvent(this.#buffer.subarray(at, at + size));
      gap ||= seqno !== this.#lastSeqno + 1;
      this.#lastSeqno = seqno;
      this.#onEdge(active);
    }
    if (gap && !this.#stopped) this.#onGap();
  }
}
