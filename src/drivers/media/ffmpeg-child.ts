import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../core/ports/clock.ts';

/** What is kept of standard error, characters: the last lines say why a child ended. */
const STDERR_KEPT = 4_000;
/** From the polite signal, in which ffmpeg takes leave of an RTSP camera, to the one that cannot be refused. */
const KILL_AFTER_MS = 1_000;

export interface ChildEnd {
  /** Exit status; null when a signal ended the child. */
  readonly status: number | null;
  /** The end of standard error as one line, without addresses or credentials. */
  readonly reason: string;
}

/** One running ffmpeg or ffprobe. `ended` settles once, when the process is reaped, and never rejects. */
export class FfmpegChild {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  /** Descriptor 3 of the child, when it was asked for. */
  readonly side: Readable | undefined;
  readonly ended: Promise<ChildEnd>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #program: string;
  #running = true;
  #stderr = '';
  #end: Promise<void> | undefined;

  constructor(program: string, child: ChildProcess, side: Readable | undefined, clock: Clock) {
    this.#program = program;
    this.#child = child;
    this.#clock = clock;
    this.pid = child.pid;
    this.stdout = child.stdout as Readable;
    this.side = side;
    // A pipe that breaks while it is being destroyed is no news: `ended` tells what happened.
    for (const stream of [child.stdout, child.stderr, side]) stream?.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.ended = new Promise((resolve) => {
      const settle = (status: number | null, fallback: string) => {
        this.#running = false;
        resolve({ status, reason: this.#reason() || fallback });
      };
      child.once('error', (cause) => settle(null, cause.message));
      child.once('close', (status, signal) => settle(status, `${program} ended with ${signal ?? status}`));
    });
  }

  /** Closes the pipes, asks the child to end, makes it end, and waits until it is reaped. Idempotent. */
  end(): Promise<void> {
    this.#end ??= this.#endOnce();
    return this.#end;
  }

  async #endOnce(): Promise<void> {
    this.stdout.destroy();
    this.side?.destroy();
    if (!this.#running) return;
    this.#child.kill('SIGTERM');
    const cancel = this.#clock.after(KILL_AFTER_MS, () => this.#child.kill('SIGKILL'));
    await this.ended;
    cancel();
  }

  #reason(): string {
    const lines = this.#stderr.split('\n').map(withoutAddresses).filter(Boolean);
    const last = [...new Set(lines)].slice(-2).join('; ');
    return last === '' ? '' : `${this.#program}: ${last.slice(-300)}`;
  }
}

/** Drops ffmpeg's `[rtsp @ 0x55…]` prefixes and every URL, which may hold a password anywhere. */
function withoutAddresses(line: string): string {
  return line
    .replace(/^\s*(\[[^\]]*\]\s*)+/, '')
    .replace(/'?[a-z][a-z0-9+.-]*:\/\/\S*?(:?)(?=\s|$)/gi, 'the source$1')
    .replace(/^pipe:4:/, 'the source:')
    .trim();
}
