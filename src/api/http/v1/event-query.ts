import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { EventFilter } from '../../../core/event-filter.ts';
import { EVENT_TYPES } from '../../../core/events.ts';
import { checkPersonRef, type PersonRef } from '../../../core/person.ts';

const FILTER = {
  type: Type.Optional(
    Type.Array(Type.Union(EVENT_TYPES.map((type) => Type.Literal(type))), {
      maxItems: EVENT_TYPES.length,
      description: 'of these types; may be given several times',
    }),
  ),
  door: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'of this door' })),
  person: Type.Optional(
    Type.String({ minLength: 3, maxLength: 257, description: 'of this person, as `gallery/id`' }),
  ),
  since: Type.Optional(
    Type.String({ maxLength: 40, description: 'from this time on, RFC 3339 or a date (UTC)' }),
  ),
  until: Type.Optional(Type.String({ maxLength: 40, description: 'before this time' })),
};

const Seq = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));

export const EventPageQuery = Type.Object({
  ...FILTER,
  after: Seq('`seq`: the events that follow it, oldest first'),
  before: Seq('`seq`: the events before it, newest first; the newest events when neither is given'),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
});

export const EventStreamQuery = Type.Object({
  ...FILTER,
  after: Seq('`seq`: begins behind it; the header `Last-Event-ID` counts for more'),
});

type FilterQuery = Type.Static<typeof EventStreamQuery>;

/** @throws LimenError `bad_request` */
export function eventFilter({ type, door, person, since, until }: FilterQuery): EventFilter {
  return {
    ...(type !== undefined && { types: type }),
    ...(door !== undefined && { door }),
    ...(person !== undefined && { person: personOf(person) }),
    ...(since !== undefined && { since: instant('since', since) }),
    ...(until !== undefined && { until: instant('until', until) }),
  };
}

function personOf(text: string): PersonRef {
  const slash = text.indexOf('/');
  const ref = { gallery: text.slice(0, Math.max(0, slash)), id: text.slice(slash + 1) };
  const wrong = slash < 0 ? 'it is not gallery/id' : checkPersonRef(ref);
  if (wrong !== undefined) throw new LimenError('bad_request', `person: ${wrong}`);
  return ref;
}

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A `+` that was not percent-encoded arrives as a space. */
function instant(name: string, text: string): Date {
  const written = text.replace(' ', '+');
  const at = new Date(written);
  if (INSTANT.test(written) && !Number.isNaN(at.getTime())) return at;
  throw new LimenError('bad_request', `${name}: "${text}" is no time such as 2030-01-31T08:00:00Z`);
}
