import Type from 'typebox';
import type { DescribedAnswer, Description, Example, ExampleRequest } from './description.ts';
import { TAG } from './tags.ts';

const Failed = Type.Object(
  {
    status: Type.Literal(false),
    message: Type.String(),
    faces: Type.Optional(Type.Integer({ description: 'how many were found' })),
  },
  { additionalProperties: false },
);

const image = { file: 'image', required: true, description: 'one face, from the front' } as const;
const subject = {
  username: { required: true, description: 'UTF-8 or percent-encoded; the id of the person' },
  galleryname: { required: true, description: 'UTF-8 or percent-encoded; the gallery of the person' },
};

const john = { username: 'John', galleryname: 'test' };
const testUser = { username: 'Test User', galleryname: 'Test' };
const GIVEN = ['person Test/Test User: anna.jpg'];

const NO_FACE = { status: false, message: "Aucune face detect&eacute; dans l'image" };
const SEVERAL = {
  status: false,
  message:
    "Plusieurs faces ont &eacute;t&eacute; detect&eacute; dans l'image. Veuillez vous assurer d'etre seul dans l'image.",
  faces: 2,
};
const UNKNOWN = { status: false, message: 'Face non reconnue dans le système' };

function example(
  summary: string,
  picture: string,
  value: unknown,
  rest: Pick<Example, 'given'> & Pick<ExampleRequest, 'headers'> = {},
): Example {
  const { given, headers } = rest;
  return {
    summary,
    ...(given && { given }),
    request: { ...(headers && { headers }), form: { image: `@${picture}` } },
    value,
  };
}

/** What every endpoint of the document says of pictures and missing parts. */
function answers(
  success: DescribedAnswer['schema'] & object,
  rest: { readonly headers: Record<string, string>; readonly given?: readonly string[] },
  examples: Record<string, Example>,
): Record<string, DescribedAnswer> {
  const { headers } = rest;
  const missing = Object.keys(headers)[0] ?? 'image';
  return {
    200: {
      description: 'Every documented answer; `status` tells success from failure.',
      schema: Type.Union([success, Failed]),
      examples: {
        ...examples,
        noFace: example('no face detected in the image', 'nobody.jpg', NO_FACE, rest),
        severalFaces: example('more than one face in the image', 'two.jpg', SEVERAL, rest),
      },
    },
    400: {
      description: 'A header or the picture is missing, or the picture cannot be read or used.',
      schema: Failed,
      examples: {
        missing: {
          summary: `${missing} is missing`,
          request: missing === 'image' ? { headers } : { form: { image: '@anna.jpg' } },
          value: { status: false, message: `Le champ ${missing} est requis` },
        },
        unreadable: example(
          'not a picture',
          'text.jpg',
          { status: false, message: 'Image illisible' },
          { headers },
        ),
      },
    },
    default: { description: 'Not allowed, too large, busy, or failed inside.', schema: Failed },
  };
}

const Message = Type.Object(
  { status: Type.Literal(true), message: Type.String() },
  { additionalProperties: false },
);

const verifySuccess = Type.Object(
  { status: Type.Literal(true), message: Type.String(), name: Type.String({ description: 'the id' }) },
  { additionalProperties: false },
);

/** Document 000. */
export const DIALECT_A = {
  register: {
    tag: TAG.a,
    path: '/api/register/',
    summary: "Register a user's face into the system",
    headers: subject,
    form: { image },
    answers: answers(
      Message,
      { headers: john },
      {
        success: example(
          'registered',
          'anna.jpg',
          { status: true, message: 'Enregistrement réussi' },
          { headers: john },
        ),
        exists: example(
          'that user has a face already',
          'stranger.jpg',
          { status: false, message: 'ce subjet id est deja enregistre' },
          { given: GIVEN, headers: testUser },
        ),
      },
    ),
  },
  verify: {
    tag: TAG.a,
    summary: 'Who is in the picture',
    description: 'Searches all galleries, or the one of the header.',
    headers: { galleryname: { description: 'looks in this gallery only' } },
    form: { image },
    answers: answers(
      verifySuccess,
      { headers: {} },
      {
        success: example(
          'recognised',
          'anna-later.jpg',
          { status: true, message: 'Face reconnue dans le système', name: 'Test User' },
          { given: GIVEN },
        ),
        unknown: example('not recognised', 'stranger.jpg', UNKNOWN, { given: GIVEN }),
      },
    ),
  },
  remove: {
    tag: TAG.a,
    summary: 'Delete a user, whose face the picture must show',
    headers: subject,
    form: { image },
    answers: answers(
      Message,
      { headers: testUser, given: GIVEN },
      {
        success: example(
          'deleted',
          'anna-later.jpg',
          { message: 'subject id Test User has been successfully removed', status: true },
          { given: GIVEN, headers: testUser },
        ),
        unknown: example("not that user's face, or nobody of that name", 'stranger.jpg', UNKNOWN, {
          given: GIVEN,
          headers: testUser,
        }),
      },
    ),
  },
} satisfies Record<string, Description>;
