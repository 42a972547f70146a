import type { Description, Field } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

const GIVEN = ['person default/anna: anna.jpg'];
const person = { gallery: 'default', id: 'anna' };
const still: Field = { file: 'image', required: true, description: 'JPEG, PNG, WebP or AVIF' };
const unfit = problems('No face, several, or one that cannot be recognised from.', {
  noFace: problemExample(['no_face', 'no face was found'], {
    given: GIVEN,
    request: { query: { id: 'anna' }, form: { image: '@nobody.jpg' } },
  }),
});

export const V1_RECOGNITION = {
  verify: {
    tag: TAG.recognition,
    summary: 'Is this that person?',
    description: 'From a still, or a clip of at most 30 s. Journalled; no door moves.',
    form: { image: { file: 'video', required: true, description: 'a still or a clip' } },
    answers: {
      200: {
        description: '`verified`; `reason` where the person may not pass now.',
        examples: {
          verified: {
            given: GIVEN,
            request: { query: { id: 'anna' }, form: { image: '@anna-later.jpg' } },
            value: { verified: true, person, score: 0.71, liveness: 'not_assessed' },
          },
          somebodyElse: {
            given: GIVEN,
            request: { query: { id: 'anna' }, form: { image: '@stranger.jpg' } },
            value: { verified: false, person, score: 0.2, liveness: 'not_assessed' },
          },
        },
      },
      404: problems('Nobody with a face has that id.', {
        unknown: problemExample(['not_found', 'nobody with a face is enrolled as anna'], {
          request: { query: { id: 'anna' }, form: { image: '@anna.jpg' } },
        }),
      }),
      422: unfit,
    },
  },
  identify: {
    tag: TAG.recognition,
    summary: 'Who is this?',
    description: 'Searches every gallery, or the named one. Journalled; no door moves.',
    form: { image: still },
    answers: {
      200: {
        description: '`identified`, with who; otherwise why not: `unknown_face` or `ambiguous_match`.',
        examples: {
          known: {
            given: GIVEN,
            request: { form: { image: '@anna-later.jpg' } },
            value: { identified: true, person, score: 0.71, margin: 1.71, liveness: 'not_assessed' },
          },
          stranger: {
            given: GIVEN,
            request: { form: { image: '@stranger.jpg' } },
            value: { identified: false, reason: 'unknown_face' },
          },
        },
      },
      422: problems('No face, several, or one that cannot be recognised from.', {
        noFace: problemExample(['no_face', 'no face was found'], {
          request: { form: { image: '@nobody.jpg' } },
        }),
      }),
    },
  },
} satisfies Record<string, Description>;
