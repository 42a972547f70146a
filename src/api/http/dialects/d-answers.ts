import type { FastifyReply } from 'fastify';
import type { Problem } from '../problem.ts';

/** One answer of document 004. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly retryAfterS?: number;
}

/** The dialect's own shape for whatever goes wrong around a route. */
export function failureOf(type: string): (problem: Problem) => Record<string, unknown> {
  return ({ detail }) => fail(type, detail);
}

export function fail(type: string, message: string): Record<string, unknown> {
  return { result: 'fail', type, message };
}

export function missing(reply: FastifyReply, type: string, name: string): FastifyReply {
  return reply.code(400).send(fail(type, `${name} is required`));
}

export function busy(type: string, retryAfterS: number): Answer {
  return { status: 503, body: fail(type, 'too many requests at the same time'), retryAfterS };
}

/** A picture that cannot be taken in: 200 as documented, 413 where HTTP has a word of its own. */
export function unreadable(outcome: { readonly refusal: string; readonly detail: string }): Answer {
  return {
    status: outcome.refusal === 'too_many_bytes' ? 413 : 200,
    body: fail('save_image', outcome.detail),
  };
}

export function send(reply: FastifyReply, { status, body, retryAfterS }: Answer): FastifyReply {
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  return reply.code(status).send(body);
}
