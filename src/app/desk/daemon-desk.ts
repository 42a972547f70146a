import type { PersonRef } from '../../core/person.ts';
import { askDaemon, expectStatus, problemIn } from './daemon-socket.ts';
import type { PeopleDesk, PersonView } from './people-desk.ts';

const PAGE = 1_000;

/** The desk of the daemon that runs over a state directory, through its socket: what is changed holds at once. */
export function daemonDesk(socketPath: string): PeopleDesk {
  const call = (method: string, path: string, form?: FormData) => askDaemon(socketPath, method, path, form);
  return {
    enrol: async (person, image, { force, ...texts }) => {
      const form = new FormData();
      form.set('image', new Blob([new Uint8Array(image)]), 'image');
      const query = new URLSearchParams({ force: String(force), ...texts });
      const { status, body } = await call('POST', `${pathOf(person)}/faces?${query}`, form);
      if (status === 201) {
        const { faceId, person: enrolled } = body as { faceId: string; person: PersonView };
        return { ok: true, faceId, faces: enrolled.faces.length };
      }
      const { code, detail, advice } = problemIn(body);
      return { ok: false, code, message: detail, advice };
    },
    list: async (gallery) => {
      const people: PersonView[] = [];
      for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
        const query = new URLSearchParams({ limit: String(PAGE) });
        if (gallery !== undefined) query.set('gallery', gallery);
        if (after !== undefined) query.set('after', after);
        const page = expectStatus(await call('GET', `/v1/people?${query}`), 200) as {
          people: PersonView[];
          next?: string;
        };
        people.push(...page.people);
        after = page.next;
      }
      return people;
    },
    remove: async (person) => {
      const answer = await call('DELETE', pathOf(person));
      if (answer.status === 404) return false;
      expectStatus(answer, 204);
      return true;
    },
  };
}

function pathOf(person: PersonRef): string {
  return `/v1/people/${encodeURIComponent(person.gallery)}/${encodeURIComponent(person.id)}`;
}
