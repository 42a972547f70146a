import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../../core/person.ts';
import { hasErrno, storeFault } from './durable-file.ts';
import { StoreKeys } from './keys/store-keys.ts';
import { PeopleLog } from './people-log.ts';
import type { PeopleVaultOptions } from './people-vault.ts';
import { SealedPersonCodec } from './sealed-person-codec.ts';

/**
 * Everybody in a state directory, without disturbing a daemon that may be writing there: read from a copy of the log,
 * which is gone afterwards. @throws as `PeopleVault.start`
 */
export async function readPeopleCopy({
  stateDir,
  credentialsDir,
  log,
}: PeopleVaultOptions): Promise<readonly Person[]> {
  const keys = new StoreKeys({ stateDir, credentialsDir });
  await keys.load();
  const directory = await mkdtemp(join(tmpdir(), 'limen-'));
  const path = join(directory, 'people.log');
  const people = new PeopleLog({ path, log, codec: new SealedPersonCodec(keys) });
  try {
    await copyIfThere(join(stateDir, 'people.log'), path);
    await people.start();
    return await people.list();
  } finally {
    await people.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (cause) {
    if (!hasErrno(cause, 'ENOENT')) throw storeFault(`reading ${from}`, cause);
  }
}
