/**
 * Prints a line for the test that runs this program, and waits while it does not read: `writeSync` fails with EAGAIN
 * once the pipe is full.
 */
export function say(line: string): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(`${line}\n`, () => resolve()));
}
