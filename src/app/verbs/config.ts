import type { CommonArgs, Io } from '../../api/cli/verbs.ts';
import { loadConfig } from '../../config/load.ts';
import { configToYaml, printableConfig } from '../../config/print.ts';
import { jsonSchema } from '../../config/schema.ts';

/** `limen config check`: reads the file as a start would. @throws LimenError `config_invalid` naming every problem */
export async function configCheck(args: CommonArgs, io: Io): Promise<number> {
  const { file } = loadConfig({ file: args.config, env: io.env });
  if (args.json) await io.stdout.json({ ok: true, file: file ?? null });
  else await io.stdout.line(file === undefined ? 'no configuration file: defaults hold' : `${file}: good`);
  return 0;
}

/** `limen config print`: what is in force, secrets removed. */
export async function configPrint(args: CommonArgs, io: Io): Promise<number> {
  const { config } = loadConfig({ file: args.config, env: io.env });
  if (args.json) await io.stdout.json(printableConfig(config));
  else await io.stdout.write(configToYaml(config));
  return 0;
}

/** `limen config schema`: JSON Schema of the file, for editors. */
export async function configSchema(_args: CommonArgs, io: Io): Promise<number> {
  await io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}
