import type { FastifyReply, FastifyRequest } from 'fastify';
import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { EventFeed } from '../../../services/journal/event-feed.ts';
import type { EventHistory } from '../../../services/journal/event-history.ts';
import { V1_EVENTS } from '../openapi/v1-events.ts';
import type { HttpRoutes } from '../routes.ts';
import { EventPageQuery, EventStreamQuery, eventFilter } from './event-query.ts';
import { EventStreams } from './event-streams.ts';
import { EventPageSchema } from './schemas.ts';

export interface EventParts {
  readonly history: EventHistory;
  readonly feed: EventFeed;
  readonly clock: Clock;
}

type PageQuery = { Querystring: Type.Static<typeof EventPageQuery> };
type StreamQuery = { Querystring: Type.Static<typeof EventStreamQuery> };

/** The journal over HTTP: in pages, and live as server-sent events. */
export function eventRoutes({ history, feed, clock }: EventParts): HttpRoutes {
  return (app) => {
    const streams = new EventStreams({ feed, clock });
    app.addHook('preClose', async () => streams.close());

    const stream = (request: FastifyRequest<StreamQuery>, reply: FastifyReply) => {
      const filter = eventFilter(request.query);
      const resumeAt = lastEventId(request) ?? request.query.after;
      reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
      return reply.send(streams.open(reply, filter, resumeAt));
    };

    app.get<PageQuery>(
      '/v1/events',
      {
        config: { role: 'viewer', describe: V1_EVENTS.page },
        schema: { querystring: EventPageQuery, response: { 200: EventPageSchema } },
      },
      async (request, reply) => {
        if (prefersStream(request)) return stream(request, reply);
        const { after, before, limit } = request.query;
        if (after !== undefined && before !== undefined) {
          throw new LimenError('bad_request', 'give `after` or `before`, not both');
        }
        return history.page({
          filter: eventFilter(request.query),
          limit,
          ...(after !== undefined && { after }),
          ...(before !== undefined && { before }),
        });
      },
    );

    app.get<StreamQuery>(
      '/v1/events/live',
      {
        config: { role: 'viewer', describe: V1_EVENTS.live },
        schema: { querystring: EventStreamQuery },
      },
      async (request, reply) => stream(request, reply),
    );
  };
}

function prefersStream({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').split(',').some((type) => /^\s*text\/event-stream\s*(;|$)/i.test(type));
}

/** @throws LimenError `bad_request` */
function lastEventId({ headers }: FastifyRequest): number | undefined {
  const text = headers['last-event-id'];
  if (text === undefined || text === '') return undefined;
  const seq = Number(text);
  if (/^\d+$/.test(String(text)) && Number.isSafeInteger(seq)) return seq;
  throw new LimenError('bad_request', 'Last-Event-ID is not the `id` of an event of this stream');
}
