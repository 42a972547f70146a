import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = '/usr/sbin/mosquitto';

/** The reason for skipping, or false: mosquitto is a Debian package. */
export const withoutMosquitto: string | false = existsSync(BINARY)
  ? false
  : 'needs mosquitto (apt-get install mosquitto)';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Mosquitto {
  readonly port: number;
  /** The directory of its files, removed by `close`. */
  readonly directory: string;
  /** SIGKILL: nothing is said to the clients. */
  kill(): Promise<void>;
  /** Starts it again on the same port; for use after `kill`. */
  start(): Promise<void>;
  /** An orderly end, in which it saves what it persists, and a new start. */
  restart(): Promise<void>;
  /** Reads password and access files again. */
  reload(): void;
  close(): Promise<void>;
}

/** A broker of its own for one test, on a free port. `lines` may name files relative to `directory` as `%d/…`. */
export async function startMosquitto(
  lines: readonly string[] = ['allow_anonymous true'],
  files: Readonly<Record<string, string>> = {},
): Promise<Mosquitto> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-mosquitto-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text, { mode: 0o600 });
  const settings = [`listener ${port} 127.0.0.1`, 'log_dest stderr', ...lines];
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  const config = [...user, ...settings].join('\n').replaceAll('%d', directory);
  await writeFile(join(directory, 'mosquitto.conf'), `${config}\n`);
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const kill = () => end('SIGKILL');
  const start = async () => {
    const started = spawn(BINARY, ['-c', join(directory, 'mosquitto.conf'), '-v'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    const output: string[] = [];
    const reader = createInterface({ input: started.stderr });
    await new Promise<void>((resolve, reject) => {
      reader.on('line', (line) => {
        if (output.length < 50) output.push(line);
        if (/mosquitto version .* running/.test(line)) resolve();
      });
      started.on('exit', () => reject(new Error(`mosquitto did not start:\n${output.join('\n')}`)));
    });
  };
  await start();
  return {
    port,
    directory,
    kill,
    start,
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    reload: () => void child?.kill('SIGHUP'),
    close: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
