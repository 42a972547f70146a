import { LimenError } from '../../../core/errors.ts';
import {
  byGalleryAndId,
  checkPersonRef,
  formatPersonRef,
  type Person,
  type PersonRef,
} from '../../../core/person.ts';
import type { RequestVerb } from '../../../core/request-verbs.ts';
import type { Health } from '../../../runtime/health.ts';
import type { DoorCommands } from '../../../services/door/door-commands.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import { doorRefusal, enrolRefusal, modeRefusal, probeRefusal } from './refusals.ts';
import type { DataOf, RequestOf } from './schemas.ts';

export interface HandlerParts {
  readonly enrolment: Enrolment;
  readonly verification: Verification;
  readonly doors: DoorCommands;
  readonly health: Health;
  /** `http.defaultGallery` */
  readonly defaultGallery: string;
}

/** Where a request came in and who sent it. */
export interface Origin {
  readonly door: string;
  readonly actor: string;
}

/** One for each verb: the request in, `data` of the answer out. @throws LimenError for every refusal */
export type VerbHandlers = {
  readonly [V in RequestVerb]: (request: RequestOf<V>, origin: Origin) => Promise<DataOf<V>>;
};

/** Translates between messages and services; decides nothing. Nothing that goes out holds a template. */
export function verbHandlers(parts: HandlerParts): VerbHandlers {
  const { enrolment, verification, doors, health, defaultGallery } = parts;
  const refOf = (request: { gallery?: string; id: string }): PersonRef => {
    const ref = { gallery: request.gallery ?? defaultGallery, id: request.id };
    const wrong = checkPersonRef(ref);
    if (wrong !== undefined) throw new LimenError('bad_request', wrong);
    return ref;
  };
  return {
    health: async () => health.snapshot() as DataOf<'health'>,

    list: async ({ gallery, limit = 500, after }) => pageOf(await enrolment.list(gallery), limit, after),

    verify: async ({ id, gallery, image }, { actor }) => {
      const person = { id, ...(gallery !== undefined && { gallery }) };
      const outcome = await verification.verify({ person, bytes: bytesOf(image), actor });
      switch (outcome.kind) {
        case 'match':
        case 'mismatch':
          return {
            verified: outcome.kind === 'match',
            person: plain(outcome.person),
            score: rounded(outcome.score),
          };
        case 'not_valid':
          return { verified: false, person: plain(outcome.person), reason: outcome.reason };
        case 'unknown_person':
          throw new LimenError('not_found', `nobody with a face is enrolled as ${id}`);
        default:
          throw probeRefusal(outcome);
      }
    },

    identify: async ({ gallery, image }, { actor }) => {
      const where = gallery !== undefined && { gallery };
      const outcome = await verification.identify({ ...where, bytes: bytesOf(image), actor });
      if (outcome.kind === 'unknown') return { identified: false, reason: outcome.reason };
      if (outcome.kind !== 'match') throw probeRefusal(outcome);
      const { person, score, margin } = outcome;
      return { identified: true, person: plain(person), score: rounded(score), margin: rounded(margin) };
    },

    enroll: async (request, { actor }) => {
      const person = refOf(request);
      const outcome = await enrolment.enrol({ person, image: bytesOf(request.image), actor });
      if (outcome.kind !== 'enrolled') throw enrolRefusal(outcome, person);
      return { person: plain(outcome.person), faceId: outcome.face.faceId };
    },

    remove: async (request, { actor }) => {
      const person = refOf(request);
      const outcome = await enrolment.remove(person, actor);
      if (outcome.kind === 'removed') return { person };
      throw new LimenError('not_found', `nobody is enrolled as ${formatPersonRef(person)}`);
    },

    reset: async (_request, { actor }) => ({ removed: await enrolment.reset(actor) }),

    lock: async (_request, { door, actor }) => {
      const outcome = await doors.lock(door, actor);
      if (outcome.kind === 'locked' || outcome.kind === 'held') {
        return { door, locked: outcome.kind === 'locked' };
      }
      throw doorRefusal(outcome, door);
    },

    unlock: async (_request, { door, actor }) => {
      const outcome = await doors.unlock(door, { cause: 'mqtt', actor });
      if (outcome.kind !== 'unlocked') throw doorRefusal(outcome, door);
      return { door, relay: outcome.relay as 'pulsed' | 'extended', holdMs: outcome.holdMs };
    },

    mode: async ({ mode, forS }, { door, actor }) => {
      const forMs = forS === undefined ? undefined : forS * 1_000;
      const outcome = await doors.setMode(door, mode, { actor, forMs });
      if (outcome.kind !== 'set') throw modeRefusal(outcome, door);
      return { door, mode: outcome.mode, ...(outcome.until !== undefined && { until: outcome.until }) };
    },
  };
}

/** In order of gallery and id. */
function pageOf(people: readonly Person[], limit: number, after: string | undefined): DataOf<'list'> {
  const slash = after?.indexOf('/') ?? 0;
  if (after !== undefined && slash < 1) {
    throw new LimenError('bad_request', '`after` is not the `next` of an answer');
  }
  const start =
    after === undefined ? undefined : { gallery: after.slice(0, slash), id: after.slice(slash + 1) };
  const rest = people
    .filter((person) => start === undefined || byGalleryAndId(person, start) > 0)
    .sort(byGalleryAndId);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    people: page.map(shown),
    ...(rest.length > page.length && last !== undefined && { next: formatPersonRef(last) }),
  };
}

function shown({ gallery, id, name, enabled, validFrom, validUntil, faces }: Person) {
  return {
    gallery,
    id,
    ...(name !== undefined && { name }),
    enabled,
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    faces: faces.length,
  };
}

function plain({ gallery, id }: PersonRef): PersonRef {
  return { gallery, id };
}

function bytesOf(image: string): Uint8Array {
  return Buffer.from(image, 'base64');
}

function rounded(score: number): number {
  return Number(score.toFixed(4));
}
