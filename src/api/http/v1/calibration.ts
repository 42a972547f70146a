import Type from 'typebox';
import type { Calibration, CalibrationOutcome } from '../../../services/calibration/calibration.ts';
import { V1_CALIBRATION } from '../openapi/v1-calibration.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';

const DoorPath = Type.Object({ door: Type.String({ minLength: 1, maxLength: 128 }) });
const KnownDistance = Type.Object(
  {
    metres: Type.Number({ minimum: 0.2, maximum: 10, description: 'from lens to eyes, by tape' }),
    ipdMm: Type.Optional(
      Type.Number({ minimum: 45, maximum: 80, description: 'between the pupils of who stands there' }),
    ),
  },
  { additionalProperties: false },
);
const LensSchema = Type.Object({
  door: Type.String(),
  hfovDeg: Type.Number({ description: 'horizontal field of view that this comes to' }),
  focalError: Type.Number({ description: 'relative; goes into the interval of every distance' }),
  spread: Type.Number({ description: 'the residual: relative scatter of the single frames' }),
  frames: Type.Integer(),
});

interface Route {
  Params: Type.Static<typeof DoorPath>;
  Body: Type.Static<typeof KnownDistance>;
}

/** The lenses of the cameras, measured on site. */
export function calibrationRoutes({ calibration }: { readonly calibration?: Calibration }): HttpRoutes {
  return (app) => {
    app.post<Route>(
      '/v1/cameras/:door/calibration',
      {
        config: { role: 'technician', describe: V1_CALIBRATION.calibrate },
        schema: { params: DoorPath, body: KnownDistance, response: { 200: LensSchema } },
      },
      async ({ params: { door }, body }, reply) => {
        const outcome = (await calibration?.calibrate({ door, ...body, signal: callerLeft(reply) })) ?? {
          kind: 'unknown_door' as const,
          doors: [],
        };
        if (outcome.kind !== 'calibrated') return sendProblem(reply, problemOf(outcome, door));
        const { focalError, spread, frames } = outcome.lens;
        const rounded = (value: number) => Number(value.toFixed(4));
        return {
          door,
          hfovDeg: Number(outcome.hfovDeg.toFixed(1)),
          focalError: rounded(focalError),
          spread: rounded(spread),
          frames,
        };
      },
    );
  };
}

/** Why no lens was measured, in the words of HTTP. */
export function problemOf(
  outcome: Exclude<CalibrationOutcome, { kind: 'calibrated' }>,
  door: string,
): Problem {
  switch (outcome.kind) {
    case 'unknown_door':
      return problem('not_found', `there is no door ${door}; there is ${outcome.doors.join(', ')}`);
    case 'several_faces':
      return problem('several_faces', 'several people are before the camera; one is to stand there alone');
    case 'too_few':
      return problem(
        'no_face',
        `${outcome.usable} frames showed a face from the front, with the eyes at least 20 px apart; ${outcome.needed} are needed`,
      );
    default:
      return problem(
        'low_quality',
        `the frames differ by ${(100 * outcome.spread).toFixed(1)} %: stand still and look at the camera`,
      );
  }
}
