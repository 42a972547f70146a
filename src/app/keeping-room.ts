import type { Keeping } from '../api/http/v1/keeping.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { DocumentStore } from '../core/ports/store.ts';
import type { PeopleVault } from '../drivers/store/people-vault.ts';
import { StagedUpload } from '../drivers/store/staged-upload.ts';
import { type AccountsDocument, parseAccounts } from '../services/accounts/account.ts';
import { Backup } from '../services/backup/backup.ts';
import { PersonExporter } from '../services/export/person-export.ts';

/** What is done with the store as a whole: change of key, backup, restore, and what is held of one person. */
export function keepingRoom(
  config: Pick<Config, 'device' | 'http'>,
  parts: {
    stateDir: string;
    people: PeopleVault;
    accounts: DocumentStore<AccountsDocument>;
    /** Called after a restore: templates of another model are to be embedded again. */
    onRestored: () => Promise<void>;
    journal: Journal;
    clock: Clock;
  },
): Keeping {
  const { stateDir, people, accounts, journal, onRestored } = parts;
  const shared = { ...parts, pictures: people.pictures, device: config.device };
  const backup = new Backup({ ...shared, secret: people.secret, parseAccounts });
  const exporter = new PersonExporter({
    ...shared,
    accountOf: ({ gallery, id }) => {
      const found = accounts.value.accounts.find(({ username }) => username === id);
      if (found === undefined || gallery !== config.http.defaultGallery) return undefined;
      const { username, email, createdAt, hash, resetsAt } = found;
      return { username, email, createdAt, hasPassword: hash !== undefined, resetsAt };
    },
  });
  return {
    changeKey: async (actor) => {
      const keyId = await people.changeKey();
      journal.append({ type: 'token.changed', reason: 'store_key_changed', actor });
      return keyId;
    },
    backup: (request) => backup.write(request),
    stage: (source) => StagedUpload.take(stateDir, source),
    restore: async (source, request) => {
      const restored = await backup.restore(source, request);
      await onRestored();
      return restored;
    },
    export: (person, actor) => exporter.export(person, actor),
  };
}
