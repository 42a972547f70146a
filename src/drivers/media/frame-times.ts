import type { Readable } from 'node:stream';

/**
 * Presentation times from the `metadata` filter's lines (`frame:12   pts:480000  pts_time:0.48`), in order. ffmpeg
 * writes the line of a picture before the picture, so no more lines wait here than pictures are under way.
 */
export class FrameTimes {
  readonly #times: (number | undefined)[] = [];
  #rest = '';
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(lines: Readable) {
    lines.setEncoding('latin1').on('data', (text: string) => {
      const all = (this.#rest + text).split('\n');
      this.#rest = all.pop() as string;
      for (const line of all) this.#take(line);
      this.#wake?.();
    });
    lines.once('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** Seconds of the next picture; undefined when the source gives it no time, or the child ended before saying. */
  async next(): Promise<number | undefined> {
    while (this.#times.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#times.shift();
  }

  #take(line: string): void {
    const found = /^frame:\d+\s+pts:(\S+)/.exec(line);
    if (found === null) return;
    const us = Number(found[1]);
    this.#times.push(Number.isFinite(us) ? us / 1e6 : undefined);
  }
}
