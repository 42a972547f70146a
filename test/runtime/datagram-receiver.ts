import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** Binds a unix datagram socket and prints each datagram as a JSON string, as systemd would read it. */
const PROGRAM = `
import json, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\\0" + name[1:] if name[0] == "@" else name)
print(json.dumps("bound"), flush=True)
while True:
    print(json.dumps(s.recv(4096).decode()), flush=True)
`;

/** Why these tests cannot run here, or false. */
export const NO_PYTHON =
  spawnSync('python3', ['-c', 'import socket; socket.AF_UNIX']).status === 0
    ? false
    : 'needs python3 to receive datagrams, which Node cannot';

/** A real receiver in a process of its own. */
export class DatagramReceiver {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(name: string) {
    this.#child = spawn('python3', ['-c', PROGRAM, name], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#reader = createInterface(this.#child.stdout as NodeJS.ReadableStream);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  static async open(name: string): Promise<DatagramReceiver> {
    const receiver = new DatagramReceiver(name);
    await receiver.next();
    return receiver;
  }

  /** The next datagram. */
  async next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the receiver has ended');
    return JSON.parse(value) as string;
  }

  async close(): Promise<void> {
    this.#reader.close();
    const exit = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.kill('SIGKILL');
    await exit;
  }
}
