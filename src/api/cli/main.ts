import { Interruption } from '../../runtime/interruption.ts';
import { help } from './help.ts';
import { parse, verbOf } from './parse.ts';
import { reportError } from './report.ts';
import type { Invocation, Io, Verbs } from './verbs.ts';

export interface MainParts {
  readonly io: Io;
  /** Called only when a verb is to be carried out, so that help and usage errors answer at once. */
  readonly verbs: () => Promise<Verbs>;
  readonly version: string;
}

/** Understands `argv` (without the program's name), carries it out and returns the exit code. Never rejects. */
export async function main(argv: readonly string[], parts: MainParts): Promise<number> {
  const { io } = parts;
  const json = argv.includes('--json');
  try {
    const parsed = parse(argv);
    switch (parsed.kind) {
      case 'help':
        await io.stdout.write(help(parsed.of));
        return 0;
      case 'version':
        await io.stdout.line(parts.version);
        return 0;
      case 'invocation':
        return await carryOut(parsed.invocation, await parts.verbs(), io);
    }
  } catch (cause) {
    if (io.signal.aborted && cause instanceof Error && cause.name === 'AbortError') {
      const { reason } = io.signal; // ended from outside, not failed
      return reason instanceof Interruption ? reason.exitCode : 1;
    }
    try {
      return await reportError(cause, io, { json, debug: argv.includes('--debug'), verb: verbOf(argv) });
    } catch {
      return 1; // the outputs themselves have failed
    }
  }
}

function carryOut(invocation: Invocation, verbs: Verbs, io: Io): Promise<number> {
  // The pairing of verb and arguments is the type's; TypeScript cannot follow it through an indexed call.
  const verb = verbs[invocation.verb].bind(verbs) as (args: Invocation['args'], io: Io) => Promise<number>;
  return verb(invocation.args, io);
}
