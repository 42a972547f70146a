import { PassThrough } from 'node:stream';
import { Output } from '../../../src/api/cli/output.ts';
import type { Io } from '../../../src/api/cli/verbs.ts';

/** A stream that remembers what it was given. */
export function capture(terminal?: { columns: number }): { output: Output; text: () => string } {
  const stream = Object.assign(new PassThrough(), terminal === undefined ? {} : { isTTY: true, ...terminal });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { output: new Output(stream), text: () => Buffer.concat(chunks).toString() };
}

/** An `Io` that keeps both outputs. */
export function captureIo(signal: AbortSignal = new AbortController().signal): {
  io: Io;
  stdout: () => string;
  stderr: () => string;
} {
  const [out, err] = [capture(), capture()];
  return {
    io: { stdout: out.output, stderr: err.output, signal, env: {} },
    stdout: out.text,
    stderr: err.text,
  };
}
