import type { Description } from './description.ts';
import { problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

export const V1_CALIBRATION = {
  calibrate: {
    tag: TAG.cameras,
    summary: "Measure a camera's focal length",
    description:
      'Somebody stands before the camera, alone, looking at it, at a distance that a tape has measured from lens to eyes. ' +
      'Takes up to 30 s and several frames; the median holds at once for distances of this camera. Without `ipdMm` (an ' +
      "optician's distance between the pupils) the mean of adults is taken, and the error says so.",
    answers: {
      200: { description: 'What was measured, and is kept.' },
      404: problems('No such door.'),
      422: problems('Nobody, several people, or somebody who moved.'),
    },
  },
} satisfies Record<string, Description>;
