import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { ChainLink, EventType, LimenEvent } from '../core/events.ts';

/** What administrators did, and what the journal did to itself; everything else is in the chain when somebody asked for it. */
const ADMINISTRATIVE: ReadonlySet<EventType> = new Set<EventType>([
  'person.enrolled',
  'person.removed',
  'people.reset',
  'account.locked',
  'door.mode_changed',
  'config.changed',
  'config.rejected',
  'token.changed',
  'journal.truncated',
]);
/** Of these every one has somebody who asked, and there are many. */
const ANSWERS: ReadonlySet<EventType> = new Set<EventType>(['verification.succeeded', 'verification.failed']);

/** Where a chain begins, and `prev` of its first entry. */
export const CHAIN_START = '';

export function isAdministrative(event: LimenEvent): boolean {
  return ADMINISTRATIVE.has(event.type) || (event.actor !== undefined && !ANSWERS.has(event.type));
}

/**
 * The link of a new entry behind the one with hash `prev`. Whom it is about enters as a digest with a salt of its own:
 * with the salt gone, a substitute can take the place of the name and the chain still holds.
 */
export function linkOf(event: LimenEvent, prev: string): ChainLink {
  const salt = event.person === undefined ? undefined : randomBytes(16).toString('base64url');
  const link = {
    prev,
    ...(salt !== undefined && { salt, person: personDigest(event, salt) }),
  };
  return { ...link, hash: hashOf(event, link) };
}

/** The entry after its person got a substitute: nothing is left by which a name could be tried. */
export function withoutSalt(event: LimenEvent): LimenEvent {
  if (event.chain?.salt === undefined) return event;
  const { salt: _, ...chain } = event.chain;
  return { ...event, chain };
}

export interface ChainBreak {
  readonly seq: number;
  /** `changed`: the entry is not as it was written. `missing`: there was another between it and the one before. */
  readonly kind: 'changed' | 'missing';
}

/** Follows a chain in order of `seq`; the oldest entries may be gone, since journals are not kept for ever. */
export class ChainCheck {
  #entries = 0;
  #first: LimenEvent | undefined;
  #head: string | undefined;
  readonly #breaks: ChainBreak[] = [];

  see(event: LimenEvent): void {
    const { chain, seq } = event;
    if (chain === undefined) {
      // entries from before there was a chain are nobody's fault, those behind its beginning are
      if (this.#head !== undefined && isAdministrative(event)) this.#breaks.push({ seq, kind: 'changed' });
      return;
    }
    this.#entries++;
    this.#first ??= event;
    if (this.#head !== undefined && chain.prev !== this.#head) this.#breaks.push({ seq, kind: 'missing' });
    if (hashOf(event, chain) !== chain.hash || !personFits(event, chain)) {
      this.#breaks.push({ seq, kind: 'changed' });
    }
    this.#head = chain.hash;
  }

  get result() {
    return {
      entries: this.#entries,
      /** Of the oldest entry that is kept. */
      firstSeq: this.#first?.seq,
      /** Of the newest entry. Kept elsewhere, it shows later whether the chain was written anew. */
      head: this.#head,
      breaks: this.#breaks as readonly ChainBreak[],
    };
  }
}

const SUBSTITUTE = /^removed-[0-9a-f]{12}$/;

function personFits(event: LimenEvent, { salt, person }: ChainLink): boolean {
  if (person === undefined) return event.person === undefined;
  if (event.person === undefined) return false;
  return salt === undefined ? SUBSTITUTE.test(event.person.id) : personDigest(event, salt) === person;
}

function personDigest({ person }: LimenEvent, salt: string): string {
  return createHmac('sha256', salt)
    .update(JSON.stringify([person?.gallery, person?.id]))
    .digest('base64url');
}

/** Over every member but the person's name and the link's own, with sorted keys. */
function hashOf(event: LimenEvent, link: Pick<ChainLink, 'prev' | 'person'>): string {
  const { chain: _, person: __, ...rest } = event;
  // as it comes back from the disk
  const written = JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
  const members = Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([link.prev, link.person ?? null, members]))
    .digest('base64url');
}
