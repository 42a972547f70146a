import type { CommonArgs, Io, PullArgs } from '../../api/cli/verbs.ts';
import * as packs from '../../drivers/inference/packs/models-verbs.ts';
import { modelPlaces } from '../models.ts';
import { openSession } from '../session.ts';

type Verb = (pack: string, options: packs.ModelsVerbOptions) => Promise<number>;

/** `limen models list`. */
export function modelsList(args: CommonArgs, io: Io): Promise<number> {
  return withOptions(args, io, (_pack, options) => packs.modelsList(options));
}

/** `limen models compile [PACK]`. */
export function modelsCompile(args: CommonArgs, io: Io): Promise<number> {
  return withOptions(args, io, packs.modelsCompile);
}

/** `limen models verify [PACK]`. */
export function modelsVerify(args: CommonArgs, io: Io): Promise<number> {
  return withOptions(args, io, packs.modelsVerify);
}

/** `limen models pull [PACK] [--from DIR|URL]`. */
export function modelsPull(args: PullArgs, io: Io): Promise<number> {
  const from = args.from === undefined ? {} : { from: args.from };
  return withOptions(args, io, (pack, options) => packs.modelsPull(pack, { ...options, ...from }));
}

/** Lines are written in their order; the verb's exit code counts once all of them are out. */
async function withOptions(args: CommonArgs, io: Io, verb: Verb): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  let written = Promise.resolve();
  const line = (output: Io['stdout']) => (text: string) => {
    written = written.then(() => output.line(text));
    written.catch(() => undefined); // thrown below
  };
  const code = await verb(session.config.models.pack, {
    ...modelPlaces(session.config, session.stateDir, io.env),
    json: args.json,
    log: session.log,
    write: line(io.stdout),
    note: line(io.stderr),
    signal: io.signal,
  }).finally(() => written.catch(() => undefined));
  await written;
  return code;
}
