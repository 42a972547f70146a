import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { FfmpegChild } from './ffmpeg-child.ts';

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 10_000;

export interface FfmpegVersion {
  readonly major: number;
  readonly minor: number;
}

interface Prepared {
  readonly version: FfmpegVersion;
  /** What the command line begins with so that the kernel ends the child together with this process. */
  readonly prefix: readonly string[];
}

/**
 * The installed ffmpeg. Its children get no shell, no terminal, no environment but the search paths, and end with
 * this process: by a broken pipe as soon as they write, and at once where util-linux's setpriv is installed (a
 * child that waits for a silent device would otherwise live on and keep the device busy).
 */
export class FfmpegProgram {
  readonly #path: string;
  readonly #clock: Clock;
  #prepared: Promise<Prepared> | undefined;

  constructor(options: { clock: Clock; path?: string }) {
    this.#path = options.path ?? 'ffmpeg';
    this.#clock = options.clock;
  }

  /** @throws LimenError `ffmpeg_missing` */
  async version(): Promise<FfmpegVersion> {
    return (await this.#prepare()).version;
  }

  /**
   * Starts ffmpeg (or ffprobe, installed beside it) with `args`. Descriptor 1 is read here and 3 too when asked
   * for; `inputFd` becomes the child's descriptor 4, or it reads `script` there.
   * @throws LimenError `ffmpeg_missing`
   */
  async spawn(
    program: 'ffmpeg' | 'ffprobe',
    args: readonly string[],
    options: { side?: boolean; inputFd?: number; script?: string } = {},
  ): Promise<FfmpegChild> {
    const { prefix } = await this.#prepare();
    const [command, ...rest] = [...prefix, this.#pathOf(program), ...args];
    const fourth = options.script === undefined ? (options.inputFd ?? 'ignore') : 'pipe';
    const child: ChildProcess = spawn(command as string, rest, {
      stdio: ['ignore', 'pipe', 'pipe', options.side ? 'pipe' : 'ignore', fourth],
      env: environment(),
      // A group of its own: Ctrl-C in a terminal is for the daemon, which then ends its children itself.
      detached: true,
    });
    if (options.script !== undefined) {
      const pipe = child.stdio[4] as Writable;
      // a child that is gone already says so itself
      pipe.on('error', () => {}).end(options.script);
    }
    const side = options.side ? (child.stdio[3] as Readable) : undefined;
    return new FfmpegChild(program, child, side, this.#clock);
  }

  #pathOf(program: 'ffmpeg' | 'ffprobe'): string {
    return program === 'ffmpeg' ? this.#path : this.#path.replace(/ffmpeg(?=[^/]*$)/, 'ffprobe');
  }

  #prepare(): Promise<Prepared> {
    this.#prepared ??= this.#probe().catch((cause) => {
      this.#prepared = undefined;
      throw cause;
    });
    return this.#prepared;
  }

  async #probe(): Promise<Prepared> {
    const tied = ['setpriv', '--pdeathsig', 'KILL', '--'];
    try {
      return { version: await this.#ask([...tied, this.#path]), prefix: tied };
    } catch {
      // No setpriv, or one without --pdeathsig (busybox): plain children still end by a broken pipe.
    }
    try {
      return { version: await this.#ask([this.#path]), prefix: [] };
    } catch (cause) {
      throw new LimenError('ffmpeg_missing', `${this.#path} cannot be run`, { cause });
    }
  }

  async #ask(command: readonly string[]): Promise<FfmpegVersion> {
    const [program, ...args] = [...command, '-hide_banner', '-version'];
    const { stdout } = await run(program as string, args, { timeout: PROBE_TIMEOUT_MS, env: environment() });
    const found = /^ffmpeg version \D{0,2}(\d+)\.(\d+)/.exec(stdout);
    // Builds from git carry no number; they are newer than what Debian ships.
    return found === null ? { major: 99, minor: 0 } : { major: Number(found[1]), minor: Number(found[2]) };
  }
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env;
  return { PATH, LD_LIBRARY_PATH, LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' };
}
