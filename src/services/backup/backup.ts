import type { Person } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { StoreSecret } from '../../core/ports/secret.ts';
import type { DocumentStore, PeopleStore, PictureStore } from '../../core/ports/store.ts';
import { backupKey, newBackupKey } from './backup-key.ts';
import { ByteReader } from './byte-reader.ts';
import { opened, readHeader, sealed, unreadable } from './envelope.ts';
import { type BackupRecord, encodeRecord, readRecord } from './records.ts';

/** People records written at a stretch, bytes. */
const PIECE_BYTES = 256 * 1024;

export interface BackupParts<A extends object> {
  readonly people: PeopleStore;
  readonly pictures: PictureStore;
  readonly accounts: DocumentStore<A>;
  /** The accounts as read from a backup. @throws TypeError when they are none */
  readonly parseAccounts: (data: unknown) => A;
  readonly secret: StoreSecret;
  readonly device: string;
  readonly journal: Journal;
  readonly clock: Clock;
  /** scrypt's; for tests, which do it often. */
  readonly cost?: { readonly N: number; readonly r: number; readonly p: number };
}

export interface Restored {
  readonly people: number;
  readonly pictures: number;
  /** From the backup's header. */
  readonly createdAt: string;
  readonly device: string;
}

/**
 * People with their templates and kept pictures, and accounts, in one encrypted file. Not in it: API tokens (a backup
 * brings no revoked credential back), the store key, the configuration, the journal, models.
 */
export class Backup<A extends object> {
  readonly #parts: BackupParts<A>;

  constructor(parts: BackupParts<A>) {
    this.#parts = parts;
  }

  /**
   * The file, piece by piece: everybody as they are at this moment, whatever changes while it is read. Without a
   * passphrase only this store's key opens it.
   * @throws LimenError `bad_request` (the passphrase is too short) | `store_fault` | `store_corrupt`
   */
  async write(request: {
    passphrase?: string | undefined;
    actor: string;
  }): Promise<AsyncIterable<Uint8Array>> {
    const { secret, device, clock, journal, people, accounts, cost } = this.#parts;
    const { lock, key } = await newBackupKey(request.passphrase, secret, cost);
    const header = { lock, device, createdAt: clock.wall().toISOString() };
    const snapshot = { accounts: accounts.value, people: await people.list() };
    journal.append({ type: 'store.exported', reason: 'backup', actor: request.actor });
    return sealed(header, key, this.#content(snapshot));
  }

  /**
   * Puts the backup in the place of everybody and every account. `source` is read twice: whole and true first, then
   * taken over. People and their pictures change in one step.
   * @throws LimenError `backup_unreadable` | `bad_request` | `store_key_wrong` | `store_key_missing` | `store_fault`; nothing was changed
   */
  async restore(
    source: () => AsyncIterable<Uint8Array>,
    request: { passphrase?: string | undefined; actor: string },
  ): Promise<Restored> {
    const { people, pictures, accounts, journal } = this.#parts;
    for await (const _ of this.#records(source(), request.passphrase)) {
      // every record is authenticated and has its shape
    }
    const found = new Found(pictures);
    try {
      let header = { createdAt: '', device: '' };
      for await (const { record, ...file } of this.#records(source(), request.passphrase)) {
        header = file;
        await found.take(record);
      }
      const before = accounts.value;
      const next = this.#parts.parseAccounts(found.accounts);
      await accounts.update(() => next, { forget: true });
      try {
        await people.replaceAll(found.people);
      } catch (cause) {
        await accounts.update(() => before);
        throw cause;
      }
      journal.append({ type: 'people.reset', reason: 'restored', actor: request.actor });
      return { people: found.people.length, pictures: found.kept.length, ...header };
    } catch (cause) {
      await pictures.discard(found.kept).catch(() => undefined); // swept at the next start
      throw cause;
    }
  }

  async *#content(snapshot: { accounts: A; people: readonly Person[] }): AsyncIterable<Uint8Array> {
    let pieces = [encodeRecord({ type: 'accounts', accounts: snapshot.accounts })];
    let pictures = 0;
    for (const person of snapshot.people) {
      for (const { picture: name } of person.faces) {
        const picture = name === undefined ? undefined : await this.#parts.pictures.read(name);
        if (name === undefined || picture === undefined) continue;
        pictures++;
        pieces.push(encodeRecord({ type: 'picture', name, picture }));
      }
      pieces.push(encodeRecord({ type: 'person', person }));
      if (pieces.reduce((sum, piece) => sum + piece.length, 0) < PIECE_BYTES) continue;
      yield Buffer.concat(pieces);
      pieces = [];
    }
    pieces.push(encodeRecord({ type: 'end', people: snapshot.people.length, pictures }));
    yield Buffer.concat(pieces);
  }

  /** Every record up to the end, which must say how many there were. @throws LimenError as `restore` */
  async *#records(
    source: AsyncIterable<Uint8Array>,
    passphrase: string | undefined,
  ): AsyncIterable<{ record: BackupRecord; createdAt: string; device: string }> {
    const file = new ByteReader(source, () => unreadable('it is cut off'));
    try {
      const { header, bound } = await readHeader(file);
      const { createdAt, device } = header;
      const key = await backupKey(header.lock, passphrase, this.#parts.secret);
      const content = new ByteReader(opened(file, key, bound), () => unreadable('a record is cut off'));
      const counted = { people: 0, pictures: 0 };
      for (;;) {
        const record = await readRecord(content);
        if (record.type === 'end') {
          const whole = record.people === counted.people && record.pictures === counted.pictures;
          if (!whole || !(await content.atEnd())) throw unreadable('it does not end as it should');
          return;
        }
        if (record.type === 'person') counted.people++;
        if (record.type === 'picture') counted.pictures++;
        if (record.type === 'accounts') this.#parts.parseAccounts(record.accounts);
        yield { record, createdAt, device };
      }
    } finally {
      await file.close();
    }
  }
}

/** What the second reading gathers; pictures are kept at once, under names of their own. */
class Found {
  readonly people: Person[] = [];
  readonly kept: string[] = [];
  accounts: unknown;
  readonly #pictures: PictureStore;
  readonly #names = new Map<string, string>();

  constructor(pictures: PictureStore) {
    this.#pictures = pictures;
  }

  async take(record: BackupRecord): Promise<void> {
    if (record.type === 'accounts') this.accounts = record.accounts;
    else if (record.type === 'picture') {
      const name = await this.#pictures.keep(record.picture);
      this.kept.push(name);
      this.#names.set(record.name, name);
    } else if (record.type === 'person') {
      const faces = record.person.faces.map(({ picture, ...face }) => {
        const name = picture === undefined ? undefined : this.#names.get(picture);
        return name === undefined ? face : { ...face, picture: name };
      });
      this.people.push({ ...record.person, faces });
    }
  }
}
