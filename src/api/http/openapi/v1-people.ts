import type { Description, Field } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

export const TIME = '2030-01-01T00:00:00.000Z';
const FACE = {
  faceId: '1',
  modelId: 'human-3.3.6/faceres-centred',
  quality: 0.8,
  liveness: 'not_assessed',
  createdAt: TIME,
};
const ANNA = { gallery: 'default', id: 'anna', createdAt: TIME, enabled: true, faces: [FACE] };
const path = { gallery: 'default', id: 'anna' };
const GIVEN = ['person default/anna: anna.jpg'];

/** Nobody has that gallery and id. */
export const noSuchPerson = problems('Nobody is enrolled under that gallery and id.', {
  unknown: problemExample(['not_found', 'nobody is enrolled as default/anna'], { request: { path } }),
});

const image: Field = { file: 'image', required: true, description: 'one face: JPEG, PNG, WebP or AVIF' };

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
  enrol: {
    tag: TAG.people,
    summary: 'Enrol a face',
    description:
      'Whoever is new is created; whoever has a face gets a further one, up to ten. 201 comes once it is on disk. The ' +
      'same face under another id is refused unless `force` is true.',
    form: { image },
    answers: {
      201: {
        description: 'Enrolled.',
        examples: {
          new: {
            summary: 'somebody new',
            request: { path, query: { name: 'Anna' }, form: { image: '@anna.jpg' } },
            value: { person: { ...ANNA, name: 'Anna' }, faceId: '1' },
          },
          further: {
            summary: 'a further face',
            given: GIVEN,
            request: { path, form: { image: '@anna-later.jpg' } },
            value: { person: { ...ANNA, faces: [FACE, { ...FACE, faceId: '2' }] }, faceId: '2' },
          },
          forced: {
            summary: 'the same face under another id, on purpose',
            given: ['person default/zoe: anna.jpg'],
            request: { path, query: { force: 'true' }, form: { image: '@anna-later.jpg' } },
            value: { person: ANNA, faceId: '1', duplicateOf: { gallery: 'default', id: 'zoe' } },
          },
        },
      },
      400: problems('No picture, or an unusable gallery or id.', {
        missing: problemExample(
          ['bad_request', 'send one picture as the multipart file "image"; it is missing'],
          { request: { path } },
        ),
      }),
      409: problems('The face is known under another id, or is not this person’s.', {
        duplicate: problemExample(['duplicate_face', 'this face is already enrolled as default/zoe'], {
          given: ['person default/zoe: anna.jpg'],
          request: { path, form: { image: '@anna-later.jpg' } },
          members: { other: { gallery: 'default', id: 'zoe' }, score: 0.71 },
        }),
        different: problemExample(['different_face', 'the picture does not show default/anna as enrolled'], {
          given: GIVEN,
          request: { path, form: { image: '@stranger.jpg' } },
          members: { score: 0.2 },
        }),
      }),
      415: problems('No picture of an accepted format.', {
        text: problemExample(['image_refused', 'not a picture in a format that is known here'], {
          request: { path, form: { image: '@text.jpg' } },
        }),
      }),
      422: problems('No face, several, or one that is not good enough; `hints` says what to do about it.', {
        noFace: problemExample(['no_face', 'no face was found in the picture'], {
          request: { path, form: { image: '@nobody.jpg' } },
        }),
        severalFaces: problemExample(['several_faces', '2 faces were found in the picture'], {
          request: { path, form: { image: '@two.jpg' } },
        }),
      }),
    },
  },
} satisfies Record<string, Description>;
