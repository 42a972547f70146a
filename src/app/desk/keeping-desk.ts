import { createReadStream } from 'node:fs';
import type { Io } from '../../api/cli/verbs.ts';
import type { Keeping } from '../../api/http/v1/keeping.ts';
import type { PersonRef } from '../../core/person.ts';
import type { Restored } from '../../services/backup/backup.ts';
import type { PersonExport } from '../../services/export/person-export.ts';
import type { Session } from '../session.ts';
import { askDaemon, refusalIn } from './daemon-socket.ts';
import { daemonFile, sendFile } from './daemon-stream.ts';
import { withOwnKeeping } from './own-keeping.ts';
import { atHolder } from './state-holder.ts';

/** What is done with the store as a whole, whether a daemon holds it or this process does. */
export interface KeepingDesk {
  /** The new key's id. */
  changeKey(): Promise<string>;
  backup(passphrase: string | undefined): Promise<AsyncIterable<Uint8Array>>;
  restore(path: string, passphrase: string | undefined): Promise<Restored>;
  /** @throws LimenError `not_found` */
  export(person: PersonRef): Promise<PersonExport>;
}

/** Runs `work` at the running daemon's desk, or at our own where no daemon holds the state directory. */
export async function withKeepingDesk<T>(
  session: Session,
  io: Io,
  work: (desk: KeepingDesk) => Promise<T>,
): Promise<T> {
  return atHolder(session, {
    own: () => withOwnKeeping(session, io, (keeping) => work(ownKeeping(keeping))),
    daemon: (socketPath) => work(daemonKeeping(socketPath)),
  });
}

function ownKeeping(keeping: Keeping): KeepingDesk {
  return {
    changeKey: () => keeping.changeKey('cli'),
    backup: (passphrase) => keeping.backup({ passphrase, actor: 'cli' }),
    restore: (path, passphrase) =>
      keeping.restore(() => createReadStream(path), { passphrase, actor: 'cli' }),
    export: (person) => keeping.export(person, 'cli'),
  };
}

function daemonKeeping(socketPath: string): KeepingDesk {
  return {
    changeKey: async () => {
      const answer = await askDaemon(socketPath, 'POST', '/v1/keys/rotate');
      if (answer.status !== 200) throw refusalIn(answer);
      return (answer.body as { keyId: string }).keyId;
    },
    backup: (passphrase) => daemonFile(socketPath, 'POST', '/v1/backup', { passphrase }),
    restore: async (path, passphrase) => {
      const texts = passphrase === undefined ? {} : { passphrase };
      const answer = await sendFile(socketPath, '/v1/restore', { field: 'backup', path, texts });
      if (answer.status !== 200) throw refusalIn(answer);
      return answer.body as Restored;
    },
    export: async ({ gallery, id }) => {
      const path = `/v1/people/${encodeURIComponent(gallery)}/${encodeURIComponent(id)}/export`;
      const pieces: Uint8Array[] = [];
      for await (const piece of await daemonFile(socketPath, 'GET', path)) pieces.push(piece);
      return JSON.parse(Buffer.concat(pieces).toString()) as PersonExport;
    },
  };
}
