import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { LimenError } from '../core/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface DirectorySource {
  /** `--state`. */
  readonly option?: string | undefined;
  readonly env: Env;
}

/**
 * Where the daemon keeps what it must not forget: `--state`, `$LIMEN_STATE`, `$STATE_DIRECTORY` (systemd; the
 * first of several), `$XDG_STATE_HOME/limen`, `~/.local/state/limen`. Absolute; not created here.
 * @throws LimenError `usage` when there is no home directory either
 */
export function stateDirectory({ option, env }: DirectorySource): string {
  const named = option || env.LIMEN_STATE || env.STATE_DIRECTORY?.split(':')[0];
  if (named) return resolve(named);
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const base = env.XDG_STATE_HOME;
  if (base && isAbsolute(base)) return join(base, 'limen');
  return join(home(env), '.local', 'state', 'limen');
}

function home(env: Env): string {
  if (env.HOME && isAbsolute(env.HOME)) return env.HOME;
  try {
    const directory = homedir();
    if (isAbsolute(directory)) return directory;
  } catch {
    // no entry in the user database: said below
  }
  throw new LimenError('usage', 'this user has no home directory; name the state directory with --state DIR');
}
