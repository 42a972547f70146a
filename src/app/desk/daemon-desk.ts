import { request } from 'node:http';
import { LimenError } from '../../core/errors.ts';
import type { PersonRef } from '../../core/person.ts';
import type { PeopleDesk, PersonView } from './people-desk.ts';

/** A daemon that is busy with door frames still answers an enrolment within seconds. */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const PAGE = 1_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The desk of the daemon that runs over a state directory, through its socket: what is changed holds at once. */
export function daemonDesk(socketPath: string): PeopleDesk {
  const call = (method: string, path: string, form?: FormData) => ask(socketPath, method, path, form);
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
        const page = expect(await call('GET', `/v1/people?${query}`), 200) as {
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
      expect(answer, 204);
      return true;
    },
  };
}

function pathOf(person: PersonRef): string {
  return `/v1/people/${encodeURIComponent(person.gallery)}/${encodeURIComponent(person.id)}`;
}

function problemIn(body: unknown): { code: string; detail: string; advice: string } {
  const {
    code = 'internal_fault',
    detail = 'no reason given',
    advice = '',
  } = (body ?? {}) as Record<string, string>;
  return { code, detail, advice };
}

function expect(answer: Answer, status: number): unknown {
  if (answer.status === status) return answer.body;
  throw new LimenError(
    'internal_fault',
    `the daemon answered ${answer.status}: ${problemIn(answer.body).detail}`,
  );
}

async function ask(socketPath: string, method: string, path: string, form?: FormData): Promise<Answer> {
  const encoded = form && new Response(form);
  const body = encoded && Buffer.from(await encoded.arrayBuffer());
  const headers = {
    host: 'localhost',
    ...(encoded && { 'content-type': encoded.headers.get('content-type') ?? '' }),
    ...(body && { 'content-length': body.length }),
  };
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => reject(unanswered(cause));
    const sent = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', failed);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`nothing for ${TIMEOUT_MS} ms`)));
    sent.on('error', failed);
    sent.end(body);
  });
}

function unanswered(cause: NodeJS.ErrnoException): LimenError {
  // nobody listens, although somebody holds the state directory: nothing was asked
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') {
    const message = 'the daemon of this state directory is starting or ending; try again in a few seconds';
    return new LimenError('busy', message, { cause });
  }
  return new LimenError(
    'internal_fault',
    `the running daemon went away before its answer was complete (${cause.message}); ` +
      'what was asked may have been done: limen people shows it',
    { cause },
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
