import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

export const TIME = '2030-01-01T00:00:00.000Z';
export const FACE = {
  faceId: '1',
  modelId: 'human-3.3.6/faceres-centred',
  quality: 0.8,
  liveness: 'not_assessed',
  createdAt: TIME,
};
export const ANNA = { gallery: 'default', id: 'anna', createdAt: TIME, enabled: true, faces: [FACE] };
const path = { gallery: 'default', id: 'anna' };
const GIVEN = ['person default/anna: anna.jpg'];

/** Nobody has that gallery and id. */
export const noSuchPerson = problems('Nobody is enrolled under that gallery and id.', {
  unknown: problemExample(['not_found', 'nobody is enrolled as default/anna'], { request: { path } }),
});

function noUse(json: unknown, detail: string) {
  return problems('The body is of no use; nothing was changed.', {
    wrong: problemExample(['bad_request', detail], { given: GIVEN, request: { path, json } }),
  });
}

export const V1_PEOPLE = {
  list: {
    tag: TAG.people,
    summary: 'Everybody, or one gallery, in pages',
    description:
      'In order of gallery and id. `next` goes into `after` for the page that follows; who comes and goes meanwhile disturbs nothing.',
    answers: {
      200: {
        description: 'A page.',
        examples: {
          one: { given: GIVEN, value: { people: [ANNA] } },
          nobody: { request: { query: { gallery: 'guests' } }, value: { people: [] } },
        },
      },
      400: problems('A parameter is of no use.', {
        limit: problemExample(['bad_request', 'querystring/limit must be >= 1'], {
          request: { query: { limit: '0' } },
        }),
      }),
    },
  },
  get: {
    tag: TAG.people,
    summary: 'One person',
    answers: {
      200: {
        description: 'Who that is, with what their faces are like. Templates never leave the daemon.',
        examples: { anna: { given: GIVEN, request: { path }, value: ANNA } },
      },
      404: noSuchPerson,
    },
  },
  remove: {
    tag: TAG.people,
    summary: 'Delete a person with every face',
    description:
      'Journalled with who asked. Afterwards no file of the store holds the templates, earlier generations included.',
    answers: {
      204: { description: 'Gone.', examples: { gone: { given: GIVEN, request: { path } } } },
      404: noSuchPerson,
    },
  },
  galleries: {
    tag: TAG.people,
    summary: 'The galleries, with how many people and faces they hold',
    answers: {
      200: {
        description: 'Those that somebody is in, in order of name.',
        examples: {
          two: {
            given: [...GIVEN, 'person guests/zub: stranger.jpg'],
            value: {
              galleries: [
                { gallery: 'default', people: 1, faces: 1 },
                { gallery: 'guests', people: 1, faces: 1 },
              ],
            },
          },
        },
      },
    },
  },
  put: {
    tag: TAG.people,
    summary: 'Set name and validity',
    description:
      'What the body does not hold goes; faces stay. Somebody new is created without a face, which `…/faces` adds.',
    answers: {
      200: {
        description: 'Set.',
        examples: {
          replaced: {
            given: GIVEN,
            request: { path, json: { name: 'Anna', enabled: true, validUntil: '2031-01-01T00:00:00Z' } },
            value: { ...ANNA, name: 'Anna', validUntil: '2031-01-01T00:00:00Z' },
          },
        },
      },
      201: {
        description: 'Created, without a face yet.',
        examples: {
          created: { request: { path, json: { name: 'Anna' } }, value: { ...ANNA, name: 'Anna', faces: [] } },
        },
      },
      400: noUse({ enabled: 'no' }, 'body/enabled must be equal to one of the allowed values'),
    },
  },
  patch: {
    tag: TAG.people,
    summary: 'Change name or validity, or shut somebody out',
    description:
      '`null` takes a member away, an absent one stays. `enabled: false` holds from the next frame on.',
    answers: {
      200: {
        description: 'Changed.',
        examples: {
          shutOut: {
            given: GIVEN,
            request: { path, json: { enabled: false } },
            value: { ...ANNA, enabled: false },
          },
        },
      },
      400: noUse(
        { validFrom: '2031-01-01T00:00:00Z', validUntil: '2030-01-01T00:00:00Z' },
        'validFrom 2031-01-01T00:00:00Z is not before validUntil 2030-01-01T00:00:00Z',
      ),
      404: problems('Nobody is enrolled under that gallery and id.', {
        unknown: problemExample(['not_found', 'nobody is enrolled as default/anna'], {
          request: { path, json: { enabled: false } },
        }),
      }),
    },
  },
} satisfies Record<string, Description>;
