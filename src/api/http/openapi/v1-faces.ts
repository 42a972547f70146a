import type { Description, Field } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';
import { ANNA, FACE, noSuchPerson } from './v1-people.ts';

const path = { gallery: 'default', id: 'anna' };
const GIVEN = ['person default/anna: anna.jpg'];
const image: Field = { file: 'image', required: true, description: 'one face: JPEG, PNG, WebP or AVIF' };

export const V1_FACES = {
  list: {
    tag: TAG.people,
    summary: "A person's faces",
    answers: {
      200: {
        description: 'What they are like; templates never leave the daemon.',
        examples: { one: { given: GIVEN, request: { path }, value: { faces: [FACE] } } },
      },
      404: noSuchPerson,
    },
  },
  enrol: {
    tag: TAG.people,
    summary: 'Enrol a face',
    description:
      'Whoever is new is created; whoever has a face gets a further one, up to ten. 201 comes once it is on disk. The ' +
      'same face under another id is refused unless `force` is true.',
    headers: {
      'Idempotency-Key': {
        description:
          'of several requests with one key and one body only the first enrols, for 24 h and over restarts; the others get its answer',
      },
    },
    form: { image },
    answers: {
      201: {
        description: 'Enrolled.',
        headers: { 'idempotent-replayed': '`true`: this is the answer of an earlier request with that key' },
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
        tooFar: problemExample(['low_quality', 'too far: 17 px between the eyes, 24 needed; come closer'], {
          request: { path, form: { image: '@far.jpg' } },
          members: { hints: ['too far: 17 px between the eyes, 24 needed; come closer'] },
        }),
        severalFaces: problemExample(['several_faces', '2 faces were found in the picture'], {
          request: { path, form: { image: '@two.jpg' } },
        }),
      }),
    },
  },
  remove: {
    tag: TAG.people,
    summary: 'Delete one face',
    description:
      'Whoever loses the last one stays, without a face and without a way in: removing a person is a request of its own.',
    answers: {
      204: {
        description: 'Gone, from every generation on disk.',
        examples: { gone: { given: GIVEN, request: { path: { ...path, faceId: '1' } } } },
      },
      404: problems('No such person, or no such face.', {
        face: problemExample(['not_found', 'default/anna has no face 7'], {
          given: GIVEN,
          request: { path: { ...path, faceId: '7' } },
        }),
      }),
    },
  },
} satisfies Record<string, Description>;
