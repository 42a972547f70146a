import type { PersonRef } from '../../../core/person.ts';
import type { Restored } from '../../../services/backup/backup.ts';
import type { PersonExport } from '../../../services/export/person-export.ts';

/** Who asks, and what opens the file. */
export interface BackupRequest {
  readonly actor: string;
  /** The store's own key when absent. */
  readonly passphrase?: string | undefined;
}

/** An upload that can be read more than once, until `close`. */
export interface Staged {
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** What can be done with the store as a whole. */
export interface Keeping {
  /** The new key's id. */
  changeKey(actor: string): Promise<string>;
  backup(request: BackupRequest): Promise<AsyncIterable<Uint8Array>>;
  stage(source: AsyncIterable<Uint8Array>): Promise<Staged>;
  restore(source: () => AsyncIterable<Uint8Array>, request: BackupRequest): Promise<Restored>;
  export(person: PersonRef, actor: string): Promise<PersonExport>;
}
