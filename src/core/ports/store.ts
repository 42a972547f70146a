import type { Person, PersonRef } from '../person.ts';

export type PeopleChange =
  | { readonly kind: 'put'; readonly person: Person }
  | { readonly kind: 'removed'; readonly person: PersonRef }
  | { readonly kind: 'cleared' };

/**
 * People and their templates. Every promise that changes something resolves only after the change is on disk; a
 * rejected one (`store_fault`) has changed nothing. Asynchronous and observable because a remote backend shared
 * by many doors will implement it, with the local log as its replica.
 */
export interface PeopleStore {
  get(ref: PersonRef): Promise<Person | undefined>;
  /** Everybody, or one gallery, in order of creation. */
  list(gallery?: string): Promise<readonly Person[]>;
  /** Creates or replaces. */
  put(person: Person): Promise<void>;
  /** Creates only: false, and nothing written, when the person exists. Atomic against concurrent callers. */
  create(person: Person): Promise<boolean>;
  /**
   * Changes several people in one step, whatever their number: `change` gets what is stored now and gives what is to
   * be. Who is not there any more stays away.
   */
  update(people: readonly PersonRef[], change: (person: Person) => Person): Promise<void>;
  /** False when there was nobody. Afterwards no generation on disk holds the person's templates. */
  remove(ref: PersonRef): Promise<boolean>;
  /** Removes everybody; how many there were. */
  clear(): Promise<number>;
  /** Puts these people in the place of everybody, in one step; what the others alone had is nowhere afterwards. */
  replaceAll(people: readonly Person[]): Promise<void>;
  /** Called after each durable change, in order. Returns the unsubscriber. */
  subscribe(listener: (change: PeopleChange) => void): () => void;
}

/**
 * Pictures that people were enrolled from, for those who keep them (`store.keepImages`). They go with the face that
 * names them, before the store acknowledges that it is gone.
 */
export interface PictureStore {
  /** Durable when it resolves, with the name that the face is to carry. @throws LimenError `store_fault` */
  keep(picture: Uint8Array): Promise<string>;
  /** Undefined when it is not there. @throws LimenError `store_corrupt` when it is damaged */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Afterwards no file holds them; names that are not there count as removed. @throws LimenError `store_fault` */
  discard(names: readonly string[]): Promise<void>;
}

export interface UpdateOptions {
  /** The change deletes something that must be gone: no previous generation may keep it. */
  readonly forget?: boolean;
}

/** One small JSON document (accounts, tokens, cursors), kept durably and replaced as a whole. */
export interface DocumentStore<T> {
  readonly value: T;
  /**
   * `change` returns the next value (the same one: nothing to do); updates are serialised. Resolves once it is on
   * disk; a rejected one (`store_fault`, or what `change` threw) has changed nothing.
   */
  update(change: (value: T) => T, options?: UpdateOptions): Promise<T>;
}
