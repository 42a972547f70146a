import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { ProbeProblem } from '../../../services/verification/outcome.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import { V1_RECOGNITION } from '../openapi/v1-recognition.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { readImage, unreadable } from './image.ts';
import { IdentifiedSchema, IdentifyQuery, VerifiedSchema, VerifyQuery } from './schemas.ts';

const WANTED = 'send one file as the multipart part "image"';

export interface RecogniseParts {
  readonly verification: Verification;
  readonly maxImageBytes: number;
  readonly maxVideoBytes: number;
}

/** "Is this that person?" (stills and clips) and "who is this?" (stills). Neither moves a door. */
export function recogniseRoutes(parts: RecogniseParts): HttpRoutes {
  const { verification } = parts;
  return (app) => {
    app.post<{ Querystring: Type.Static<typeof VerifyQuery> }>(
      '/v1/verify',
      {
        config: {
          role: 'terminal',
          uploadBytes: Math.max(parts.maxVideoBytes, parts.maxImageBytes),
          describe: V1_RECOGNITION.verify,
        },
        schema: { querystring: VerifyQuery, response: { 200: VerifiedSchema } },
      },
      async (request, reply) => {
        const { id, gallery, face } = request.query;
        const outcome = await verification.verify({
          person: { id, ...(gallery !== undefined && { gallery }) },
          bytes: await readImage(request, WANTED),
          allowClip: true,
          face,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        switch (outcome.kind) {
          case 'match':
          case 'mismatch': {
            const { person, score, liveness } = outcome;
            const reason = liveness === 'spoof' && { reason: 'spoof_suspected' };
            return {
              verified: outcome.kind === 'match',
              person,
              score: rounded(score),
              liveness,
              ...reason,
            };
          }
          case 'not_valid':
            return { verified: false, person: outcome.person, reason: outcome.reason };
          case 'unknown_person':
            throw new LimenError('not_found', `nobody with a face is enrolled as ${id}`);
          default:
            return sendProblem(reply, probeProblem(outcome));
        }
      },
    );

    app.post<{ Querystring: Type.Static<typeof IdentifyQuery> }>(
      '/v1/identify',
      {
        config: { role: 'terminal', uploadBytes: parts.maxImageBytes, describe: V1_RECOGNITION.identify },
        schema: { querystring: IdentifyQuery, response: { 200: IdentifiedSchema } },
      },
      async (request, reply) => {
        const { gallery, face } = request.query;
        const outcome = await verification.identify({
          ...(gallery !== undefined && { gallery }),
          bytes: await readImage(request, WANTED),
          face,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        if (outcome.kind === 'unknown') return { identified: false, reason: outcome.reason };
        if (outcome.kind !== 'match') return sendProblem(reply, probeProblem(outcome));
        const { person, score, margin, liveness } = outcome;
        return { identified: true, person, score: rounded(score), margin: rounded(margin), liveness };
      },
    );
  };
}

/** Why an upload could not be compared, in the words of HTTP. */
function probeProblem(outcome: ProbeProblem): Problem {
  switch (outcome.kind) {
    case 'unreadable':
      return unreadable(outcome);
    case 'no_face':
      return problem('no_face', 'no face was found');
    case 'several_faces':
      return problem('several_faces', `${outcome.count} faces were found in the picture`);
    case 'low_quality':
      return problem(
        'low_quality',
        'the face is too dark, too small, blurred or turned away to be recognised',
      );
    case 'busy':
      return problem('busy', 'too many pictures are being examined', { retryAfterS: outcome.retryAfterS });
  }
}

function rounded(score: number): number {
  return Number(score.toFixed(4));
}
