import { join } from 'node:path';
import type { Person, PersonRef } from '../../core/person.ts';
import type { Log } from '../../core/ports/log.ts';
import type { StoreSecret } from '../../core/ports/secret.ts';
import type { PeopleChange, PeopleStore } from '../../core/ports/store.ts';
import { deriveKey, type StoreKey } from './keys/store-key.ts';
import { StoreKeys } from './keys/store-keys.ts';
import { PeopleLog } from './people-log.ts';
import { PictureFiles } from './picture-files.ts';
import { SealedPersonCodec } from './sealed-person-codec.ts';
import { SerialQueue } from './serial-queue.ts';

export interface PeopleVaultOptions {
  /** Locked by this process. */
  readonly stateDir: string;
  /** `$CREDENTIALS_DIRECTORY`. */
  readonly credentialsDir?: string | undefined;
  readonly log: Log;
}

/** Everything on disk that tells who is enrolled: the people log, kept pictures, and the keys they are sealed under. */
export class PeopleVault implements PeopleStore {
  readonly name = 'people';
  readonly pictures: PictureFiles;
  readonly #log: Log;
  readonly #keys: StoreKeys;
  readonly #people: PeopleLog;
  readonly #keyChanges = new SerialQueue();

  constructor({ stateDir, credentialsDir, log }: PeopleVaultOptions) {
    this.#log = log;
    this.#keys = new StoreKeys({ stateDir, credentialsDir });
    this.pictures = new PictureFiles({ directory: join(stateDir, 'pictures'), ring: this.#keys });
    this.#people = new PeopleLog({
      path: join(stateDir, 'people.log'),
      log,
      codec: new SealedPersonCodec(this.#keys),
      discardPictures: (names) => this.pictures.discard(names),
    });
  }

  /**
   * Opens the store, makes a key for one that has never had one, and finishes what was cut short: sealing the records
   * of an earlier version, a change of key, the removal of pictures that nobody names.
   * @throws LimenError `store_corrupt` | `store_fault` | `store_key_missing` | `store_key_wrong` | `store_key_unsafe`
   */
  async start(): Promise<void> {
    await this.#keys.tidy();
    await this.#keys.load();
    await this.#people.start();
    if (this.#keys.empty) await this.#keys.create();
    if (this.#people.outdated > 0 || this.#keys.changing) await this.#seal();
    const swept = await this.pictures.sweep(await this.#namedPictures());
    if (swept > 0) this.#log.info({ pictures: swept }, 'removed pictures that belong to nobody');
  }

  stop(): Promise<void> {
    return this.#keyChanges.run(() => this.#people.stop());
  }

  /** Of the key in force. */
  get keyId(): string {
    return this.#keys.current.id;
  }

  /**
   * Puts a new key in force, seals everything under it, then destroys the old one. Killed at any point, the next start
   * opens the store and finishes. Resolves with the new key's id.
   * @throws LimenError `store_fault` | `store_key_unsafe` (the key is a credential)
   */
  changeKey(): Promise<string> {
    return this.#keyChanges.run(async () => {
      await this.#keys.begin();
      await this.#seal();
      return this.keyId;
    });
  }

  /** Keys for other purposes, from the key in force or from one named. */
  get secret(): StoreSecret {
    const derived = (key: StoreKey, purpose: string, salt: Uint8Array) => deriveKey(key.bytes, salt, purpose);
    return {
      derive: (purpose, salt) => ({ keyId: this.keyId, key: derived(this.#keys.current, purpose, salt) }),
      deriveFrom: (keyId, purpose, salt) => derived(this.#keys.find(keyId), purpose, salt),
    };
  }

  get(ref: PersonRef): Promise<Person | undefined> {
    return this.#people.get(ref);
  }

  list(gallery?: string): Promise<readonly Person[]> {
    return this.#people.list(gallery);
  }

  put(person: Person): Promise<void> {
    return this.#people.put(person);
  }

  create(person: Person): Promise<boolean> {
    return this.#people.create(person);
  }

  update(people: readonly PersonRef[], change: (person: Person) => Person): Promise<void> {
    return this.#people.update(people, change);
  }

  remove(ref: PersonRef): Promise<boolean> {
    return this.#people.remove(ref);
  }

  clear(): Promise<number> {
    return this.#people.clear();
  }

  replaceAll(people: readonly Person[]): Promise<void> {
    return this.#people.replaceAll(people);
  }

  subscribe(listener: (change: PeopleChange) => void): () => void {
    return this.#people.subscribe(listener);
  }

  /** Everything under the key in force; only then do the other keys go. */
  async #seal(): Promise<void> {
    await this.pictures.reseal();
    await this.#people.rewrite();
    await this.#keys.settle();
    this.#log.info({ key: this.keyId }, 'templates and pictures are sealed under this key');
  }

  async #namedPictures(): Promise<ReadonlySet<string>> {
    const people = await this.#people.list();
    const named = people.flatMap(({ faces }) => faces.flatMap(({ picture = '' }) => picture));
    return new Set(named);
  }
}
