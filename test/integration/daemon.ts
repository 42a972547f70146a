import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { BIN } from './limen.ts';

/** `limen run` as a process of its own, ready. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly url: string;

  private constructor(child: ChildProcess, ended: Promise<unknown>, url: string) {
    this.#child = child;
    this.#ended = ended;
    this.url = url;
  }

  /** @throws Error with the log when it ends instead of becoming ready */
  static async start(
    t: TestContext,
    options: {
      directory: string;
      state: string;
      config: readonly string[];
      cwd?: string;
      env?: Record<string, string>;
    },
  ): Promise<Daemon> {
    const config = join(options.directory, 'limen.yaml');
    await writeFile(config, options.config.join('\n'));
    const child = spawn(process.execPath, [BIN, 'run', '--config', config, '--state', options.state], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: options.cwd ?? tmpdir(),
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...options.env },
    });
    const ended = once(child, 'close');
    t.after(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const log: string[] = [];
    const url = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        log.push(line);
        const { msg, http } = fields(line);
        if (msg === 'ready' && http !== undefined) resolve(http);
      });
      ended.then(() => reject(new Error(`ended before it was ready:\n${log.join('\n')}`)), reject);
    });
    return new Daemon(child, ended, await url);
  }

  /** The exit code, or the signal it died of. */
  async end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

/** Progress of the models is not JSON. */
function fields(line: string): { msg?: string; http?: string } {
  return line.startsWith('{') ? (JSON.parse(line) as { msg?: string; http?: string }) : {};
}
