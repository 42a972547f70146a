import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { LimenError } from '../core/errors.ts';
import { type Config, parseConfig } from './config.ts';
import { formatProblem } from './problem.ts';

/** Far more than any configuration; a larger file is something else. */
const MAX_BYTES = 1024 * 1024;

export interface ConfigSource {
  /** `--config`. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Defaults to the machine's. */
  readonly hostname?: string;
  /** Where relative names start; defaults to the working directory. */
  readonly directory?: string;
  /** The last place looked at; defaults to `/etc/limen/limen.yaml`. */
  readonly systemFile?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read, absolute; undefined when there is none and defaults hold. */
  readonly file: string | undefined;
}

/**
 * Reads the first of `--config`, `$LIMEN_CONFIG`, `./limen.yaml` and `/etc/limen/limen.yaml`; a file that was
 * named must exist, the others need not. With none of them the defaults hold.
 * @throws LimenError `config_unreadable`, or `config_invalid` with one line for every problem
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const directory = source.directory ?? process.cwd();
  const named = source.file || source.env.LIMEN_CONFIG;
  const found = named
    ? read(resolve(directory, named), true)
    : (read(resolve(directory, 'limen.yaml'), false) ??
      read(source.systemFile ?? '/etc/limen/limen.yaml', false));
  const result = parseConfig(found?.text ?? '', { hostname: source.hostname ?? hostname() });
  if (result.ok) return { config: result.config, file: found?.file };
  const shown = found?.file ?? 'defaults';
  const lines = result.problems.map((problem) => formatProblem(shown, problem));
  throw new LimenError('config_invalid', lines.join('\n'));
}

function read(file: string, required: boolean): { file: string; text: string } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : String(code);
    throw new LimenError('config_unreadable', `${file}: ${why}`, { cause });
  }
  if (bytes.length > MAX_BYTES) {
    throw new LimenError('config_invalid', `${file}: ${bytes.length} bytes are too many for a configuration`);
  }
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (cause) {
    throw new LimenError('config_invalid', `${file}: is not UTF-8 text`, { cause });
  }
}
