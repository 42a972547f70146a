import Type from 'typebox';
import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';
import { TIME } from './v1-people.ts';

const BUSY = problems('As many callers listen as there may be; come back after `Retry-After`.');
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const STREAM =
  'Server-sent events: `id` is the `seq`, `data` the event as JSON. `Last-Event-ID` (or `after`) resumes behind that ' +
  'event from the journal, without gap or repetition. Comments keep the connection alive. Whoever takes nothing for ' +
  '30 s is cut off, and resumes.';

export const V1_EVENTS = {
  page: {
    tag: TAG.events,
    summary: 'The journal, in pages',
    description:
      'The newest events first, or oldest first from `after` on. One page looks at 20,000 events at most: a page may ' +
      'be short, or empty, and still have a `next`. With `Accept: text/event-stream` it is the live stream.',
    headers: { Accept: { description: '`text/event-stream` for the live stream' } },
    answers: {
      200: {
        description: 'A page.',
        examples: {
          enrolment: {
            given: ['person default/anna: anna.jpg'],
            request: {
              query: { type: 'person.enrolled', limit: '1', person: 'default/anna', since: '2020-01-01' },
            },
            value: {
              events: [
                {
                  ...{ id: '2f1c6a0e-7f5e-4a57-8a68-0f5a3c9b1d22-7', seq: 7 },
                  bootId: '2f1c6a0e-7f5e-4a57-8a68-0f5a3c9b1d22',
                  type: 'person.enrolled',
                  at: TIME,
                  clockSynced: true,
                  device: 'test',
                  person: { gallery: 'default', id: 'anna' },
                  actor: 'test',
                  liveness: 'not_assessed',
                  chain: { prev: '', hash: HASH, person: HASH, salt: 'q2W0xVb1m0mJt5oXo3yK7A' },
                },
              ],
              next: 7,
            },
          },
        },
      },
      400: problems('A filter or cursor is of no use.', {
        since: problemExample(['bad_request', 'since: "yesterday" is no time such as 2030-01-31T08:00:00Z'], {
          request: { query: { since: 'yesterday' } },
        }),
        both: problemExample(['bad_request', 'give `after` or `before`, not both'], {
          request: { query: { after: '1', before: '9' } },
        }),
      }),
      503: BUSY,
    },
  },
  live: {
    tag: TAG.events,
    summary: 'What happens, as it happens',
    description: STREAM,
    headers: { 'Last-Event-ID': { description: '`id` of the last event that was received' } },
    answers: {
      200: {
        description: 'A stream that does not end.',
        schema: Type.String(),
        mediaType: 'text/event-stream',
      },
      400: problems('A filter or cursor is of no use.', {
        person: problemExample(['bad_request', 'person: it is not gallery/id'], {
          request: { query: { person: 'anna' } },
        }),
      }),
      503: BUSY,
    },
  },
} satisfies Record<string, Description>;
