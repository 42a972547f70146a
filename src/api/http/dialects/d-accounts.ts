import type { Accounts } from '../../../services/accounts/accounts.ts';
import type { ResetOutcome } from '../../../services/accounts/outcome.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { EnrolOutcome } from '../../../services/enrolment/outcome.ts';
import type { Description } from '../openapi/description.ts';
import { DIALECT_D } from '../openapi/dialect-d.ts';
import { callerLeft, type HttpRoutes } from '../routes.ts';
import { type Answer, busy, fail, failureOf, missing, send, unreadable } from './d-answers.ts';
import { acceptBodies, readInput } from './d-input.ts';

export interface DialectDAccountParts {
  readonly accounts: Accounts;
  readonly enrolment: Enrolment;
  /** Faces of accounts are written here. */
  readonly defaultGallery: string;
  readonly maxImageBytes: number;
}

/**
 * Document 004, the half about accounts: `/login`, `/register/user`, `/reset_password`, `/register/face`. Documented
 * answers are 200, missing parameters 400; anything else has the shape of a failure and the status that HTTP has.
 */
export function dialectDAccounts(parts: DialectDAccountParts): HttpRoutes {
  const { accounts, enrolment, defaultGallery } = parts;
  return (app) => {
    acceptBodies(app);

    app.post('/login', { config: config(DIALECT_D.login, 'terminal', 'login') }, async (request, reply) => {
      const given = required(await readInput(request, ['username', 'password']), ['username', 'password']);
      if ('missing' in given) return missing(reply, 'login', given.missing);
      const outcome = await accounts.login({ ...given, actor: request.caller.actor });
      if (outcome.kind === 'success') return { result: 'success', type: 'login' };
      if (outcome.kind === 'failure') return fail('login', 'Please check your username or password');
      return send(reply, busy('login', outcome.retryAfterS));
    });

    app.post(
      '/register/user',
      { config: config(DIALECT_D.registerUser, 'technician', 'register_user') },
      async (request, reply) => {
        const given = required(await readInput(request, ['username', 'password', 'email']), [
          'username',
          'password',
          'email',
        ]);
        if ('missing' in given) return missing(reply, 'register_user', given.missing);
        const outcome = await accounts.register({ ...given, actor: request.caller.actor });
        switch (outcome.kind) {
          case 'registered':
            return { result: 'success', type: 'register_user' };
          case 'exists':
            // the one failure that the document prints without a type
            return { result: 'fail', message: 'exist user' };
          case 'invalid':
            return reply.code(400).send(fail('register_user', outcome.detail));
          case 'full':
            return reply
              .code(409)
              .send(fail('register_user', `there are ${outcome.limit} accounts, the most there can be`));
          case 'busy':
            return send(reply, busy('register_user', outcome.retryAfterS));
        }
      },
    );

    app.post(
      '/reset_password',
      { config: config(DIALECT_D.resetPassword, 'terminal', 'reset_password') },
      async (request, reply) => {
        const given = required(await readInput(request, ['username', 'email']), ['username', 'email']);
        if ('missing' in given) return missing(reply, 'reset_password', given.missing);
        const outcome = await accounts.requestReset({ ...given, actor: request.caller.actor });
        return send(reply, resetAnswer(outcome));
      },
    );

    app.post(
      '/register/face',
      { config: config(DIALECT_D.registerFace, 'technician', 'register_face', parts.maxImageBytes) },
      async (request, reply) => {
        const input = await readInput(request, ['username'], 'face_image');
        const given = required(input, ['username']);
        if ('missing' in given) return missing(reply, 'register_face', given.missing);
        if (input.upload.kind !== 'file') return missing(reply, 'register_face', 'face_image');
        if (!accounts.has(given.username)) return fail('register_face', 'Not Found User');
        const outcome = await enrolment.enrol({
          person: { gallery: defaultGallery, id: given.username },
          image: input.upload.bytes,
          face: 'largest',
          extend: true,
          // this dialect has no answer for a face known under another name; the journal keeps it
          force: true,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        return send(reply, faceAnswer(outcome));
      },
    );
  };
}

/** The route's role and the dialect's own shape for whatever goes wrong around it. */
function config(describe: Description, role: 'terminal' | 'technician', type: string, uploadBytes = 0) {
  return { role, uploadBytes, failure: failureOf(type), describe };
}

/** All of them, or the name of the first one that is not there. */
function required<N extends string>(
  input: { readonly values: Readonly<Partial<Record<N, string>>> },
  names: readonly N[],
): { readonly [K in N]: string } | { readonly missing: string } {
  const absent = names.find((name) => input.values[name] === undefined);
  return absent === undefined ? (input.values as { [K in N]: string }) : { missing: absent };
}

function resetAnswer(outcome: ResetOutcome): Answer {
  const done = (message: string) => ({
    status: 200,
    body: { result: 'success', type: 'reset_password', message },
  });
  switch (outcome.kind) {
    case 'mailed':
      return done('A one-time password has been mailed to you');
    case 'queued':
      return done('A one-time password is waiting for you with the technician');
    case 'not_found':
      return { status: 200, body: fail('reset_password', 'Not Found User') };
    case 'too_many': {
      const { limit, retryAfterS } = outcome;
      return { status: 429, body: fail('reset_password', `only ${limit} resets an hour`), retryAfterS };
    }
    case 'busy':
      return busy('reset_password', outcome.retryAfterS);
  }
}

function faceAnswer(outcome: EnrolOutcome): Answer {
  const refused = (message: string, status = 200) => ({ status, body: fail('register_face', message) });
  switch (outcome.kind) {
    case 'enrolled':
      return { status: 200, body: { result: 'success', type: 'register_face' } };
    case 'unreadable':
      return unreadable(outcome);
    case 'low_quality':
      return refused(outcome.advice.join('. '));
    case 'too_many_faces':
      return refused(`this user has ${outcome.limit} faces, the most there can be`, 409);
    case 'busy':
      return busy('register_face', outcome.retryAfterS);
    // the last four cannot come: this dialect asks for the largest face, forces, and extends
    case 'no_face':
    case 'several_faces':
    case 'exists':
    case 'duplicate_face':
    case 'different_face':
      return refused('No face found');
  }
}
