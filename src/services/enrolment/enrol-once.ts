import { createHash } from 'node:crypto';
import type { FaceTemplate, Person } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import type { Enrolment, EnrolRequest } from './enrolment.ts';
import type { EnrolOutcome } from './outcome.ts';

/** A key that was used longer ago than this counts as new, ms. */
const REMEMBERED_MS = 86_400_000;
/** Characters of base64url that are kept of a SHA-256: 132 bits. */
const DIGEST_LENGTH = 22;

export type EnrolOnceOutcome =
  | EnrolOutcome
  /** The answer of the first request with this key; nothing was enrolled now. */
  | { readonly kind: 'repeated'; readonly outcome: Extract<EnrolOutcome, { kind: 'enrolled' }> }
  /** The key was used for another request. */
  | { readonly kind: 'key_reused' };

interface UnderWay {
  readonly requestKey: string;
  readonly outcome: Promise<EnrolOnceOutcome>;
}

/**
 * Enrolment that may be asked for twice: of several requests with one key only one enrols, also over a restart. The
 * mark lies with the face that came of it, so it is as durable as the enrolment, and goes with the person. A refusal
 * leaves no mark: the same request may be tried again.
 */
export class EnrolOnce {
  readonly #parts: { readonly enrolment: Enrolment; readonly store: PeopleStore; readonly clock: Clock };
  readonly #underWay = new Map<string, UnderWay>();

  constructor(parts: { readonly enrolment: Enrolment; readonly store: PeopleStore; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** @throws LimenError as `Enrolment.enrol` */
  async enrol(request: EnrolRequest, key: string): Promise<EnrolOnceOutcome> {
    const name = digest(key);
    const requestKey = `${name}.${fingerprint(request)}`;
    for (;;) {
      const first = this.#underWay.get(name);
      if (first === undefined) break;
      if (first.requestKey !== requestKey) return { kind: 'key_reused' };
      const outcome = await first.outcome.catch(() => undefined);
      // the first one went away or failed: then it is our turn
      if (outcome !== undefined) return outcome.kind === 'enrolled' ? { kind: 'repeated', outcome } : outcome;
    }
    const outcome = this.#enrol({ ...request, requestKey }, name, requestKey);
    this.#underWay.set(name, { requestKey, outcome });
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #enrol(request: EnrolRequest, name: string, requestKey: string): Promise<EnrolOnceOutcome> {
    return (await this.#find(name, requestKey)) ?? (await this.#parts.enrolment.enrol(request));
  }

  async #find(name: string, requestKey: string): Promise<EnrolOnceOutcome | undefined> {
    const nowMs = this.#parts.clock.wall().getTime();
    const marked = (face: FaceTemplate) =>
      face.requestKey?.startsWith(`${name}.`) && Math.abs(nowMs - Date.parse(face.createdAt)) < REMEMBERED_MS;
    for (const person of await this.#parts.store.list()) {
      const face = person.faces.find(marked);
      if (face === undefined) continue;
      if (face.requestKey !== requestKey) return { kind: 'key_reused' };
      return { kind: 'repeated', outcome: asItWas(person, face) };
    }
    return undefined;
  }
}

/** The person with the faces they had then. */
function asItWas(person: Person, face: FaceTemplate): Extract<EnrolOutcome, { kind: 'enrolled' }> {
  const faces = person.faces.slice(0, person.faces.indexOf(face) + 1);
  return { kind: 'enrolled', person: { ...person, faces }, face, created: faces.length === 1 };
}

/** Everything that makes a request what it is; not who sends it. */
function fingerprint(request: EnrolRequest): string {
  const { person, name, validFrom, validUntil, face, extend, force, image } = request;
  const asked = [person.gallery, person.id, name, validFrom, validUntil, face, extend, force];
  return digest(JSON.stringify(asked.map((value) => value ?? null)), image);
}

function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url').slice(0, DIGEST_LENGTH);
}
