import { LimenError } from '../../../core/errors.ts';
import { byGalleryAndId, type Person, type PersonRef } from '../../../core/person.ts';

/**
 * One page in order of gallery and id, which removals and enrolments between two pages do not disturb. One pass
 * that keeps the `limit` first ones: sorting 50,000 people would hold up the door's frames.
 */
export function pageOf(
  people: readonly Person[],
  { limit, after }: { limit: number; after?: string },
): { people: readonly Person[]; next?: string } {
  const start = after === undefined ? undefined : readCursor(after);
  const page: Person[] = [];
  let more = false;
  for (const person of people) {
    if (start !== undefined && byGalleryAndId(person, start) <= 0) continue;
    const last = page[limit - 1];
    if (last !== undefined) more = true;
    if (last !== undefined && byGalleryAndId(person, last) >= 0) continue;
    page.splice(position(page, person), 0, person);
    if (page.length > limit) page.pop();
  }
  const last = page.at(-1);
  return more && last !== undefined ? { people: page, next: writeCursor(last) } : { people: page };
}

/** Where `person` belongs in the sorted `page`. */
function position(page: readonly Person[], person: Person): number {
  let [low, high] = [0, page.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byGalleryAndId(page[middle] as Person, person) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function writeCursor({ gallery, id }: PersonRef): string {
  return Buffer.from(`${gallery}/${id}`).toString('base64url');
}

function readCursor(cursor: string): PersonRef {
  const text = Buffer.from(cursor, 'base64url').toString();
  const slash = text.indexOf('/');
  if (slash < 1) throw new LimenError('bad_request', '`after` is not the `next` of a page');
  return { gallery: text.slice(0, slash), id: text.slice(slash + 1) };
}
