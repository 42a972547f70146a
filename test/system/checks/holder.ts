import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Another process that holds a relay (`relay-holder.ts`). */
export class Holder {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(uri: string, user?: { readonly uid: number; readonly gid: number }) {
    this.#child = spawn(
      process.execPath,
      ['--import', 'tsx', new URL('relay-holder.ts', import.meta.url).pathname, uri],
      { stdio: ['pipe', 'pipe', 'inherit'], ...user },
    );
    if (this.#child.stdout === null) throw new Error('no pipe');
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it says; `ended` when it says nothing more. */
  async says(): Promise<string> {
    const { value, done } = await this.#answers.next();
    return done ? 'ended' : value;
  }

  async told(command: 'on' | 'off'): Promise<string> {
    this.#child.stdin?.write(`${command}\n`);
    return this.says();
  }

  /** Ends it: by closing its stdin, or with a signal. */
  async end(signal?: NodeJS.Signals): Promise<void> {
    const gone = once(this.#child, 'exit');
    if (signal === undefined) this.#child.stdin?.end();
    else this.#child.kill(signal);
    await gone;
  }
}
