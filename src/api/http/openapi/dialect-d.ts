import Type, { type TSchema } from 'typebox';
import type { DescribedAnswer, Description, Example } from './description.ts';
import { TAG } from './tags.ts';

const closed = { additionalProperties: false };
const Failure = Type.Object(
  { result: Type.Literal('fail'), type: Type.Optional(Type.String()), message: Type.String() },
  closed,
);

const fail = (type: string, message: string) => ({ result: 'fail', type, message });
const username = { required: true, description: 'the user name' };
const zoe = { username: 'zoe', password: 'correct horse', email: 'zoe@example.org' };
const GIVEN = ['account zoe'];

/** `success` or failure, both with 200 as the document has it; a missing parameter 400. */
function answers(
  type: string,
  success: TSchema,
  examples: Record<string, Example>,
  missing: Record<string, Example>,
): Record<string, DescribedAnswer> {
  return {
    200: {
      description: '`result` tells success from failure.',
      schema: Type.Union([success, Failure]),
      examples,
    },
    400: { description: 'A parameter is missing or of no use.', schema: Failure, examples: missing },
    default: {
      description: `Not allowed, too many, too large, busy, or failed inside; \`type\` is \`${type}\`.`,
      schema: Failure,
    },
  };
}

function success(type: string, members: Record<string, TSchema> = {}): TSchema {
  return Type.Object({ result: Type.Literal('success'), type: Type.Literal(type), ...members }, closed);
}

function lacks(type: string, name: string, request: Example['request'] = {}): Record<string, Example> {
  return { missing: { summary: `no ${name}`, request, value: fail(type, `${name} is required`) } };
}

const text = (description: string) => ({ required: true, description });

/** A question about a picture: GET with a body as documented, and POST. */
function picture(
  summary: string,
  options: { type: string; file: string; member: string; schema: TSchema; none: unknown },
  examples: Record<string, Example>,
): Description {
  const { type, file, member, schema, none } = options;
  const found = success(type, { [member]: schema });
  const notFound = Type.Object(
    { result: Type.Literal('fail'), type: Type.Literal(type), [member]: Type.Literal(none as '') },
    closed,
  );
  const ask = (name: string) => ({ form: { [file]: `@${name}` } });
  return {
    tag: TAG.d,
    summary,
    description:
      'Of several faces the nearest one counts. GET takes the multipart body that the document asks for.',
    form: { [file]: { file: 'image', required: true, description: 'the image file' } },
    answers: answers(
      type,
      Type.Union([found, notFound]),
      {
        ...examples,
        noFace: { request: ask('nobody.jpg'), value: { result: 'fail', type, [member]: none } },
        unreadable: {
          summary: 'the picture cannot be taken in',
          request: ask('text.jpg'),
          value: fail('save_image', 'not a picture in a format that is known here'),
        },
      },
      lacks(type, file),
    ),
  };
}

/** Document 004. */
export const DIALECT_D = {
  login: {
    tag: TAG.d,
    summary: 'User login',
    description: 'Issues nothing. Locks out after repeated failures.',
    form: { username, password: text('the password') },
    formAnyhow: true,
    answers: answers(
      'login',
      success('login'),
      {
        success: {
          given: GIVEN,
          request: { json: { username: zoe.username, password: zoe.password } },
          value: { result: 'success', type: 'login' },
        },
        fail: {
          given: GIVEN,
          request: { json: { username: zoe.username, password: 'wrong' } },
          value: fail('login', 'Please check your username or password'),
        },
      },
      lacks('login', 'password', { json: { username: 'zoe' } }),
    ),
  },
  registerUser: {
    tag: TAG.d,
    summary: 'Register an account',
    form: {
      username,
      password: text('at least `accounts.minPasswordLength` characters'),
      email: text('the address'),
    },
    formAnyhow: true,
    answers: answers(
      'register_user',
      success('register_user'),
      {
        success: { request: { json: zoe }, value: { result: 'success', type: 'register_user' } },
        exists: { given: GIVEN, request: { json: zoe }, value: { result: 'fail', message: 'exist user' } },
      },
      lacks('register_user', 'email', { json: { username: 'zoe', password: 'correct horse' } }),
    ),
  },
  resetPassword: {
    tag: TAG.d,
    summary: 'Ask for a one-time password',
    description:
      'It is mailed where `mail.url` is set, and waits with the technician otherwise. Never in the answer.',
    form: { username, email: text("the account's address") },
    formAnyhow: true,
    answers: answers(
      'reset_password',
      success('reset_password', { message: Type.String() }),
      {
        success: {
          summary: 'no mail server configured',
          given: GIVEN,
          request: { json: { username: zoe.username, email: zoe.email } },
          value: {
            result: 'success',
            type: 'reset_password',
            message: 'A one-time password is waiting for you with the technician',
          },
        },
        unknown: {
          request: { json: { username: 'nobody', email: 'nobody@example.org' } },
          value: fail('reset_password', 'Not Found User'),
        },
      },
      lacks('reset_password', 'email', { json: { username: 'zoe' } }),
    ),
  },
  registerFace: {
    tag: TAG.d,
    summary: 'Register a face of an account',
    form: { username, face_image: { file: 'image', required: true, description: 'the face image' } },
    answers: answers(
      'register_face',
      success('register_face'),
      {
        success: {
          given: GIVEN,
          request: { form: { username: 'zoe', face_image: '@anna.jpg' } },
          value: { result: 'success', type: 'register_face' },
        },
        unknown: {
          request: { form: { username: 'nobody', face_image: '@anna.jpg' } },
          value: fail('register_face', 'Not Found User'),
        },
        noFace: {
          given: GIVEN,
          request: { form: { username: 'zoe', face_image: '@nobody.jpg' } },
          value: fail('register_face', 'No face found'),
        },
        unreadable: {
          summary: 'the picture cannot be taken in',
          given: GIVEN,
          request: { form: { username: 'zoe', face_image: '@text.jpg' } },
          value: fail('save_image', 'not a picture in a format that is known here'),
        },
      },
      lacks('register_face', 'face_image', { form: { username: 'zoe' } }),
    ),
  },
  face: picture(
    'Who is in the picture',
    { type: 'face', file: 'face_image', member: 'face', schema: Type.String(), none: '' },
    {
      success: {
        given: ['person default/zoe: anna.jpg'],
        request: { form: { face_image: '@anna-later.jpg' } },
        value: { result: 'success', type: 'face', face: 'zoe' },
      },
    },
  ),
  distance: picture(
    'How far the face is from the camera',
    {
      type: 'distance',
      file: 'distance_image',
      member: 'distance',
      schema: Type.Number({ description: 'metres, two decimals' }),
      none: 0,
    },
    {
      success: {
        request: { form: { distance_image: '@anna.jpg' } },
        value: { result: 'success', type: 'distance', distance: 0.82 },
      },
    },
  ),
  personalColor: picture(
    'Which tone suits the face',
    {
      type: 'personal_color',
      file: 'face_image',
      member: 'tone',
      schema: Type.Union(
        ['spring warm', 'summer cool', 'autumn warm', 'winter cool'].map((tone) => Type.Literal(tone)),
      ),
      none: '',
    },
    {
      success: {
        request: { form: { face_image: '@anna.jpg' } },
        value: { result: 'success', type: 'personal_color', tone: 'autumn warm' },
      },
    },
  ),
} satisfies Record<string, Description>;
