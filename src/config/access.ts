import type { Static } from 'typebox';
import Type from 'typebox';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';
import { ScheduleId } from './schedules.ts';

export const AccessSchema = section(
  {
    votes: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 30,
      reload: 'restart',
      description: 'Frames that must name the same person before the door opens.',
    }),
    window: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 60,
      reload: 'restart',
      description: 'How many of the last recognised frames of a track the votes are counted in.',
    }),
    threshold: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        reload: 'restart',
        unset: "the pack's",
        example: 0.4,
        description: "Least cosine similarity for a match; replaces the model pack's measured threshold.",
      }),
    ),
    margin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        reload: 'restart',
        unset: "the pack's",
        example: 0.05,
        description: 'Least lead of a match over the nearest other person.',
      }),
    ),
    lead: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        reload: 'restart',
        unset: "the pack's, at least `margin`",
        example: 0.1,
        description: 'Least lead on average over the frames of the window, also those that name nobody.',
      }),
    ),
    distanceM: Type.Tuple(
      [Type.Number({ minimum: 0, maximum: 20 }), Type.Number({ minimum: 0, maximum: 20 })],
      {
        default: [0.2, 2],
        unit: 'm',
        reload: 'restart',
        description: 'The whole distance interval of a face must lie between these two.',
      },
    ),
    deadlineMs: Type.Integer({
      default: 500,
      minimum: 50,
      maximum: 5_000,
      unit: 'ms',
      reload: 'restart',
      description: 'A decision on an older frame is refused.',
    }),
    denialRepeatMs: Type.Integer({
      default: 10_000,
      minimum: 0,
      maximum: 3_600_000,
      unit: 'ms',
      reload: 'restart',
      description: 'The same denial of the same track is reported at most this often.',
    }),
    galleries: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      default: ['default'],
      reload: 'restart',
      description: 'People of these galleries may open; everybody else is recognised and denied.',
    }),
    hours: Type.Array(
      section(
        {
          gallery: Type.String({
            minLength: 1,
            maxLength: 128,
            reload: 'restart',
            description: 'The gallery that the schedule binds.',
          }),
          schedule: ScheduleId,
        },
        { description: 'One gallery.' },
      ),
      {
        default: [],
        reload: 'restart',
        example: [{ gallery: 'visitors', schedule: 'office' }],
        description: 'When people of a gallery may open; galleries that are not named may always.',
      },
    ),
    persons: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 2,
      reload: 'restart',
      description: '2: only two different people together open the door.',
    }),
    secondPersonMs: Type.Integer({
      default: 10_000,
      minimum: 1_000,
      maximum: 60_000,
      unit: 'ms',
      reload: 'restart',
      description: 'With `persons: 2`: how long the first face counts while the second person steps up.',
    }),
    alone: Type.Boolean({
      default: false,
      reload: 'restart',
      description: 'Nobody else may be in the picture when the door opens.',
    }),
    frozenMs: Type.Integer({
      default: 5_000,
      minimum: 0,
      maximum: 600_000,
      unit: 'ms',
      reload: 'restart',
      description:
        'A camera that gives the same picture, or nothing but pictures of the last minutes, for this long is frozen: faces are denied and it is opened anew. 0: for cameras that repeat pictures.',
    }),
    liveness: Type.Enum(['auto', 'off'], {
      default: 'auto',
      reload: 'restart',
      description:
        '`auto`: a real relay needs a pack that can judge liveness. `off`: pictures of a face may open the door.',
    }),
    cooldownMs: Type.Integer({
      default: 5_000,
      minimum: 0,
      maximum: 3_600_000,
      unit: 'ms',
      reload: 'restart',
      description: 'After a grant the same person gets no second one at this door for this long.',
    }),
  },
  { description: 'When the door opens.' },
);

export type AccessConfig = Static<typeof AccessSchema>;

/** What the schema cannot say: keys that must agree with each other. */
export function accessProblems(access: AccessConfig, path: readonly string[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (access.votes > access.window) {
    problems.push({
      path: [...path, 'votes'],
      message: `${access.votes} votes cannot be counted in a window of ${access.window} frames`,
    });
  }
  const [nearM, farM] = access.distanceM;
  if (nearM >= farM) {
    problems.push({
      path: [...path, 'distanceM'],
      message: `the first (${nearM} m) must be less than the second (${farM} m)`,
    });
  }
  return problems;
}
