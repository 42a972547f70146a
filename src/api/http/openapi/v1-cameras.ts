import Type from 'typebox';
import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

const unknown = problems('No such door.', {
  unknown: problemExample(['not_found', 'there is no door cellar; there is front'], {
    request: { path: { door: 'cellar' } },
  }),
});

export const V1_CAMERAS = {
  list: {
    tag: TAG.cameras,
    summary: 'How the cameras are',
    answers: {
      200: {
        description: 'By door; figures of the newest frame where there is one.',
        examples: {
          one: {
            given: ['a frame of front'],
            value: {
              cameras: [
                {
                  ...{ door: 'front', camera: 'stills:///pictures', state: 'ok' },
                  ...{ captured: 1200, dropped: 3, processed: 1190 },
                  ...{ ageMs: 40, widthPx: 640, heightPx: 480, facesInView: 0 },
                },
              ],
            },
          },
        },
      },
    },
  },
  snapshot: {
    tag: TAG.cameras,
    summary: 'The newest picture',
    description:
      'With a box around each face: green let in, red denied, yellow undecided. Nobody is named, nothing kept.',
    answers: {
      200: { description: 'A picture of at most 10 s ago.', schema: Type.String(), mediaType: 'image/jpeg' },
      404: unknown,
      503: problems('The camera gives no picture.'),
    },
  },
  stream: {
    tag: TAG.cameras,
    summary: 'Moving pictures',
    description:
      'Motion JPEG with boxes, at most ten pictures a second and always the newest; four callers may look at a time. ' +
      "The door's own work goes first.",
    answers: {
      200: {
        description: 'Pictures until somebody ends it.',
        schema: Type.String(),
        mediaType: 'multipart/x-mixed-replace',
      },
      404: unknown,
      503: problems('As many callers look as there may be.'),
    },
  },
} satisfies Record<string, Description>;
