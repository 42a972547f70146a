import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DistanceOutcome, Measurement, ToneOutcome } from '../../../services/measurement/measurement.ts';
import type { IdentifyOutcome } from '../../../services/verification/outcome.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import type { Description } from '../openapi/description.ts';
import { DIALECT_D } from '../openapi/dialect-d.ts';
import { callerLeft, type HttpRoutes } from '../routes.ts';
import { type Answer, busy, failureOf, missing, send, unreadable } from './d-answers.ts';
import { acceptBodies, readInput } from './d-input.ts';

export interface DialectDVisionParts {
  readonly verification: Verification;
  readonly measurement: Measurement;
  readonly maxImageBytes: number;
}

interface Picture {
  readonly bytes: Uint8Array;
  readonly actor: string;
  readonly signal: AbortSignal;
}

/**
 * Document 004, the half about pictures: `/face`, `/distance`, `/personal_color`, with GET and a multipart body as
 * documented, and with POST for clients that cannot do that.
 */
export function dialectDVision(parts: DialectDVisionParts): HttpRoutes {
  const { verification, measurement, maxImageBytes } = parts;
  return (app) => {
    acceptBodies(app);

    const answerPictures = (
      url: string,
      options: { type: string; file: string; describe: Description },
      answer: (picture: Picture) => Promise<Answer>,
    ) => {
      const { type, file, describe } = options;
      const config = {
        role: 'terminal',
        uploadBytes: maxImageBytes,
        failure: failureOf(type),
        describe,
      } as const;
      const handler = async (request: FastifyRequest, reply: FastifyReply) => {
        const { upload } = await readInput(request, [], file);
        if (upload.kind !== 'file') return missing(reply, type, file);
        const { caller } = request;
        return send(reply, await answer({ ...upload, actor: caller.actor, signal: callerLeft(reply) }));
      };
      app.get(url, { config: { ...config, getBody: true }, exposeHeadRoute: false }, handler);
      app.post(url, { config }, handler);
    };

    answerPictures('/face', { type: 'face', file: 'face_image', describe: DIALECT_D.face }, async (picture) =>
      faceAnswer(await verification.identify({ ...picture, face: 'largest' })),
    );
    answerPictures(
      '/distance',
      { type: 'distance', file: 'distance_image', describe: DIALECT_D.distance },
      async (picture) => distanceAnswer(await measurement.distance(picture)),
    );
    answerPictures(
      '/personal_color',
      { type: 'personal_color', file: 'face_image', describe: DIALECT_D.personalColor },
      async (picture) => toneAnswer(await measurement.tone(picture)),
    );
  };
}

function ok(body: Record<string, unknown>): Answer {
  return { status: 200, body };
}

function faceAnswer(outcome: IdentifyOutcome): Answer {
  switch (outcome.kind) {
    case 'match':
      return ok({ result: 'success', type: 'face', face: outcome.person.id });
    case 'unreadable':
      return unreadable(outcome);
    case 'busy':
      return busy('face', outcome.retryAfterS);
    case 'unknown':
    case 'no_face':
    case 'low_quality':
    case 'several_faces':
      return ok({ result: 'fail', type: 'face', face: '' });
  }
}

function distanceAnswer(outcome: DistanceOutcome): Answer {
  switch (outcome.kind) {
    case 'distance':
      return ok({
        result: 'success',
        type: 'distance',
        distance: Number(outcome.distance.distanceM.toFixed(2)),
      });
    case 'unreadable':
      return unreadable(outcome);
    case 'busy':
      return busy('distance', outcome.retryAfterS);
    case 'no_face':
      return ok({ result: 'fail', type: 'distance', distance: 0 });
  }
}

function toneAnswer(outcome: ToneOutcome): Answer {
  switch (outcome.kind) {
    case 'tone':
      return ok({ result: 'success', type: 'personal_color', tone: outcome.tone });
    case 'unreadable':
      return unreadable(outcome);
    case 'busy':
      return busy('personal_color', outcome.retryAfterS);
    case 'no_face':
      return ok({ result: 'fail', type: 'personal_color', tone: '' });
  }
}
