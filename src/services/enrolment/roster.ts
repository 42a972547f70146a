import { type Person, type PersonRef, samePerson } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import type { Serialiser } from './serialiser.ts';

/** What is known of somebody besides their faces. */
export interface PersonDetails {
  readonly name?: string;
  readonly enabled: boolean;
  readonly validFrom?: string;
  readonly validUntil?: string;
}

/** `null` takes something away, what is absent stays. */
export type DetailsPatch = { readonly [K in keyof PersonDetails]?: PersonDetails[K] | null };

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly person: Person; readonly created: boolean }
  | { readonly kind: 'not_found' }
  /** Nothing was changed. */
  | { readonly kind: 'invalid'; readonly detail: string };

export type RemoveFaceOutcome = { readonly kind: 'removed' | 'not_found' | 'no_such_face' };

export interface GallerySummary {
  readonly gallery: string;
  readonly people: number;
  readonly faces: number;
}

export interface RosterParts {
  readonly store: PeopleStore;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The same as enrolment's: what one decides on, the other does not change meanwhile. */
  readonly changes: Serialiser;
}

/** Names, validity and single faces of the people there are. */
export class Roster {
  readonly #parts: RosterParts;

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  /** Puts `details` in the place of what there was; somebody new begins without a face. @throws LimenError `store_fault` */
  put(ref: PersonRef, details: PersonDetails, actor: string): Promise<UpdateOutcome> {
    return this.#change(ref, actor, (before) => ({
      ...{ gallery: ref.gallery, id: ref.id, enabled: details.enabled },
      createdAt: before?.createdAt ?? this.#parts.clock.wall().toISOString(),
      faces: before?.faces ?? [],
      ...(details.name !== undefined && { name: details.name }),
      ...(details.validFrom !== undefined && { validFrom: details.validFrom }),
      ...(details.validUntil !== undefined && { validUntil: details.validUntil }),
    }));
  }

  /** @throws LimenError `store_fault` */
  patch(ref: PersonRef, patch: DetailsPatch, actor: string): Promise<UpdateOutcome> {
    return this.#change(ref, actor, (before) => {
      if (before === undefined) return undefined;
      const { name, validFrom, validUntil, enabled, ...rest } = before;
      const changed = { name, validFrom, validUntil, ...patch };
      const kept = Object.entries(changed).filter(([, value]) => value !== undefined && value !== null);
      return { ...rest, enabled, ...Object.fromEntries(kept) } as Person;
    });
  }

  /**
   * Takes one face away, from every generation on disk. Whoever loses the last one stays, without a face: removing a
   * person is a request of its own. @throws LimenError `store_fault`
   */
  removeFace(ref: PersonRef, faceId: string, actor: string): Promise<RemoveFaceOutcome> {
    const { store, changes, journal } = this.#parts;
    return changes.run(async () => {
      const before = await store.get(ref);
      if (before === undefined) return { kind: 'not_found' };
      const faces = before.faces.filter((face) => face.faceId !== faceId);
      if (faces.length === before.faces.length) return { kind: 'no_such_face' };
      await store.put({ ...before, faces });
      journal.append({ type: 'person.changed', person: plain(ref), actor, reason: 'face_removed' });
      return { kind: 'removed' };
    });
  }

  /** In order of name. */
  async galleries(): Promise<readonly GallerySummary[]> {
    const counts = new Map<string, { people: number; faces: number }>();
    for (const { gallery, faces } of await this.#parts.store.list()) {
      const count = counts.get(gallery) ?? { people: 0, faces: 0 };
      counts.set(gallery, { people: count.people + 1, faces: count.faces + faces.length });
    }
    return [...counts]
      .map(([gallery, count]) => ({ gallery, ...count }))
      .sort((a, b) => (a.gallery < b.gallery ? -1 : 1));
  }

  #change(
    ref: PersonRef,
    actor: string,
    next: (before: Person | undefined) => Person | undefined,
  ): Promise<UpdateOutcome> {
    const { store, changes, journal } = this.#parts;
    return changes.run(async () => {
      const before = await store.get(ref);
      const person = next(before);
      if (person === undefined) return { kind: 'not_found' };
      const detail = neverValid(person);
      if (detail !== undefined) return { kind: 'invalid', detail };
      const reason = difference(before, person);
      if (reason !== undefined) {
        await store.put(person);
        journal.append({ type: 'person.changed', person: plain(ref), actor, reason });
      }
      return { kind: 'updated', person, created: before === undefined };
    });
  }
}

function neverValid({ validFrom, validUntil }: Person): string | undefined {
  if (validFrom === undefined || validUntil === undefined) return undefined;
  return Date.parse(validFrom) < Date.parse(validUntil)
    ? undefined
    : `validFrom ${validFrom} is not before validUntil ${validUntil}`;
}

/** What the journal calls the change; what counts most for the door first. */
function difference(before: Person | undefined, after: Person): string | undefined {
  if (before === undefined || !samePerson(before, after)) return 'created';
  if (before.enabled !== after.enabled) return after.enabled ? 'enabled' : 'disabled';
  if (before.validFrom !== after.validFrom || before.validUntil !== after.validUntil) return 'validity';
  return before.name === after.name ? undefined : 'name';
}

function plain({ gallery, id }: PersonRef): PersonRef {
  return { gallery, id };
}
