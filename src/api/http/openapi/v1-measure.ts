import type { Description, Field } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

const image: Field = { file: 'image', required: true, description: 'JPEG, PNG, WebP or AVIF' };
const ask = (picture: string) => ({ form: { image: `@${picture}` } });
const noFace = problems('No face that this can be seen of.', {
  noFace: problemExample(['no_face', 'no face was found that this can be seen of'], {
    request: ask('nobody.jpg'),
  }),
});

export const V1_MEASURE = {
  distance: {
    tag: TAG.recognition,
    summary: 'How far the faces of a picture are',
    description:
      'From the distance between the eyes of adults, nearest face first. The interval holds for nearly all adults; ' +
      'children read too far. A face that is half covered or cannot be made out has `confidence` `low` and a wide ' +
      'interval. `focal.source`: `exif` where the picture tells its focal length, else `camera` ' +
      '(`?camera=` names a door), else `assumed` (`vision.uploadHfovDeg`).',
    form: { image },
    answers: {
      200: {
        description: 'Metres from the camera to the eyes, two decimals.',
        examples: {
          assumed: {
            request: ask('anna.jpg'),
            value: {
              focal: { source: 'assumed', px: 554 },
              faces: [
                {
                  ...{ distanceM: 0.82, minM: 0.6, maxM: 1.05, confidence: 'fair' },
                  box: { x: 250, y: 160, width: 120, height: 150 },
                },
              ],
            },
          },
        },
      },
      404: problems('No such door.', {
        unknown: problemExample(['not_found', 'there is no door cellar whose camera could be meant'], {
          request: { query: { camera: 'cellar' }, ...ask('anna.jpg') },
        }),
      }),
      422: noFace,
    },
  },
  colour: {
    tag: TAG.recognition,
    summary: 'Which tone suits the nearest face',
    form: { image },
    answers: {
      200: {
        description: 'From the skin of the cheeks, after white balance.',
        examples: { tone: { request: ask('anna.jpg'), value: { tone: 'autumn warm', confidence: 'fair' } } },
      },
      422: noFace,
    },
  },
} satisfies Record<string, Description>;
