import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { Measurement, MeasurementProblem } from '../../../services/measurement/measurement.ts';
import type { CameraView } from '../../../services/viewing/camera-view.ts';
import { V1_MEASURE } from '../openapi/v1-measure.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { readImage, unreadable } from './image.ts';
import { ColourSchema, DistanceQuery, DistanceSchema } from './schemas.ts';

export interface MeasureParts {
  readonly measurement: Measurement;
  readonly views: readonly CameraView[];
  readonly maxImageBytes: number;
}

/** How far the faces of a picture are, and which tone suits the nearest. Nothing is compared, kept or journalled. */
export function measureRoutes({ measurement, views, maxImageBytes }: MeasureParts): HttpRoutes {
  return (app) => {
    app.post<{ Querystring: Type.Static<typeof DistanceQuery> }>(
      '/v1/distance',
      {
        config: { role: 'terminal', uploadBytes: maxImageBytes, describe: V1_MEASURE.distance },
        schema: { querystring: DistanceQuery, response: { 200: DistanceSchema } },
      },
      async (request, reply) => {
        const { camera } = request.query;
        const lens = camera === undefined ? {} : lensOf(views, camera);
        const outcome = await measurement.distances({
          bytes: await readImage(request),
          ...lens,
          signal: callerLeft(reply),
        });
        if (outcome.kind !== 'distances') return sendProblem(reply, unmeasured(outcome));
        const { focal } = outcome;
        const faces = outcome.faces.map(({ box, distance }) => ({
          distanceM: metres(distance.distanceM),
          minM: metres(distance.minM),
          maxM: metres(distance.maxM),
          confidence: distance.confidence ?? 'low',
          box: {
            ...{ x: Math.round(box.x), y: Math.round(box.y) },
            ...{ width: Math.round(box.width), height: Math.round(box.height) },
          },
        }));
        return { focal: { source: focal.source, px: Math.round(focal.px) }, faces };
      },
    );

    app.post(
      '/v1/colour',
      {
        config: { role: 'terminal', uploadBytes: maxImageBytes, describe: V1_MEASURE.colour },
        schema: { response: { 200: ColourSchema } },
      },
      async (request, reply) => {
        const bytes = await readImage(request);
        const outcome = await measurement.tone({ bytes, signal: callerLeft(reply) });
        if (outcome.kind !== 'tone') return sendProblem(reply, unmeasured(outcome));
        return { tone: outcome.tone, confidence: outcome.confidence };
      },
    );
  };
}

/** @throws LimenError `not_found` */
function lensOf(views: readonly CameraView[], door: string): { hfovDeg: number; focalError?: number } {
  const { hfovDeg, focalError } = views.find((view) => view.door === door) ?? {};
  if (hfovDeg !== undefined) return { hfovDeg, ...(focalError !== undefined && { focalError }) };
  throw new LimenError('not_found', `there is no door ${door} whose camera could be meant`);
}

function unmeasured(outcome: MeasurementProblem): Problem {
  switch (outcome.kind) {
    case 'unreadable':
      return unreadable(outcome);
    case 'no_face':
      return problem('no_face', 'no face was found that this can be seen of');
    case 'busy':
      return problem('busy', 'too many pictures are being examined', { retryAfterS: outcome.retryAfterS });
  }
}

function metres(value: number): number {
  return Number(value.toFixed(2));
}
