import Type from 'typebox';
import type { Description, Example } from './description.ts';
import { TAG } from './tags.ts';

const closed = { additionalProperties: false };
const Enrolled = Type.Object(
  {
    trained: Type.Union([Type.Literal('success'), Type.Literal('failed')]),
    EnrollStatus: Type.Union([Type.Literal('APPROVED'), Type.Literal('REJECTED')]),
    DecisionReason: Type.String(),
  },
  closed,
);
const Authenticated = Type.Object(
  {
    score: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
      description: 'cosine similarity to four decimals; null with every rejection',
    }),
    Decision: Type.Union([Type.Literal('APPROVED'), Type.Literal('REJECTED')]),
    DecisionReason: Type.String(),
  },
  closed,
);
const Reset = Type.Object({ code: Type.Integer(), msg: Type.String() }, closed);

const username = { required: true, description: 'the name under which the user is saved' };
const GIVEN = ['person default/brahim: anna.jpg'];
const approved = { trained: 'success', EnrollStatus: 'APPROVED', DecisionReason: 'ENROLLED_AS_USER' };
const rejected = (reason: string) => ({
  trained: 'failed',
  EnrollStatus: 'REJECTED',
  DecisionReason: reason,
});
const denied = (reason: string) => ({ score: null, Decision: 'REJECTED', DecisionReason: reason });

function request(field: string, picture?: string, name: string | undefined = 'brahim') {
  return {
    ...(name !== undefined && { query: { username: name } }),
    ...(picture !== undefined && { form: { [field]: picture } }),
  };
}

/** Missing and empty fields, the same for both endpoints. */
function incomplete(
  field: 'cin_file' | 'auth_video',
  answer: (reason: string) => unknown,
): Record<string, Example> {
  const name = field.toUpperCase();
  return {
    missingUsername: { request: { form: { [field]: '@anna.jpg' } }, value: answer('MISSING_USERNAME') },
    emptyUsername: { request: request(field, '@anna.jpg', ''), value: answer('EMPTY_USERNAME') },
    missingFile: { request: request(field), value: answer(`MISSING_${name}`) },
    emptyFile: { request: request(field, '@empty.jpg'), value: answer(`EMPTY_${name}`) },
  };
}

/** Document 003. */
export const DIALECT_C = {
  enroll: {
    tag: TAG.c,
    summary: 'Enrol a user from an identity card',
    description: 'The largest face counts: a ghost portrait is no second person.',
    query: { username },
    form: { cin_file: { file: 'image', required: true, description: 'picture of the card' } },
    answers: {
      200: {
        description: 'The decision, and why.',
        schema: Enrolled,
        examples: {
          approved: { request: request('cin_file', '@anna.jpg'), value: approved },
          duplicate: {
            given: GIVEN,
            request: request('cin_file', '@stranger.jpg'),
            value: rejected('DUPLICATE_USERNAME'),
          },
          noFace: { request: request('cin_file', '@nobody.jpg'), value: rejected('NO_FACE_DETECTED') },
          unreadable: { request: request('cin_file', '@text.jpg'), value: rejected('UNREADABLE_CIN_FILE') },
        },
      },
      400: {
        description: 'A field is missing or empty.',
        schema: Enrolled,
        examples: incomplete('cin_file', rejected),
      },
      default: { description: 'Not allowed, too large, busy, or failed inside.', schema: Enrolled },
    },
  },
  authentificate: {
    tag: TAG.c,
    summary: 'Is this that user?',
    description:
      'A still, or a clip (mp4, mov, webm, mkv; at most 30 s). Of a clip the median over its frames counts.',
    query: { username },
    form: { auth_video: { file: 'video', required: true, description: 'picture or video of the user' } },
    answers: {
      200: {
        description: 'The decision, and why.',
        schema: Authenticated,
        examples: {
          approved: {
            given: GIVEN,
            request: request('auth_video', '@anna-later.jpg'),
            value: { score: 0.71, Decision: 'APPROVED', DecisionReason: 'AUTHENTIFICATION_SUCCESS' },
          },
          mismatch: {
            given: GIVEN,
            request: request('auth_video', '@stranger.jpg'),
            value: denied('FACE_MISMATCH'),
          },
          unknown: { request: request('auth_video', '@anna.jpg'), value: denied('UNKNOWN_USERNAME') },
          noFace: {
            given: GIVEN,
            request: request('auth_video', '@nobody.jpg'),
            value: denied('NO_FACE_DETECTED'),
          },
          unreadable: {
            given: GIVEN,
            request: request('auth_video', '@text.jpg'),
            value: denied('UNREADABLE_AUTH_VIDEO'),
          },
        },
      },
      400: {
        description: 'A field is missing or empty.',
        schema: Authenticated,
        examples: incomplete('auth_video', denied),
      },
      default: { description: 'Not allowed, too large, busy, or failed inside.', schema: Authenticated },
    },
  },
  reset: {
    tag: TAG.c,
    summary: 'Delete every person and every account',
    description: 'Tokens, settings and the journal stay.',
    answers: {
      200: {
        description: 'Everybody is gone.',
        schema: Reset,
        examples: { done: { given: GIVEN, request: {}, value: { code: 200, msg: 'DONE' } } },
      },
      default: { description: 'Nothing was deleted; `msg` says why.', schema: Reset },
    },
  },
} satisfies Record<string, Description>;
