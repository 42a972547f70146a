import Type from 'typebox';
import type { DescribedAnswer, Description, Example } from './description.ts';
import { TAG } from './tags.ts';

const closed = { additionalProperties: false };
const Failure = Type.Object({ error: Type.String() }, closed);
const NotVerified = Type.Object({ error: Type.String(), verified: Type.Literal(false) }, closed);

const id = { required: true, description: "the user's ID" };
const image = { file: 'image', required: true, description: "the user's image file" } as const;

const GIVEN = ['person default/user1: anna.jpg'];

function failed(
  description: string,
  examples: Record<string, Example>,
  schema: Schema = Failure,
): DescribedAnswer {
  return { description, schema, examples };
}

type Schema = NonNullable<DescribedAnswer['schema']>;

const other = (schema: Schema): DescribedAnswer => ({
  description: 'Not allowed, too large, busy, or failed inside (500).',
  schema,
});

/** Documents 001 and 002. */
export const DIALECT_B = {
  register: {
    tag: TAG.b,
    path: '/register/',
    summary: 'Register a user',
    form: { id, image },
    answers: {
      201: {
        description: 'Created.',
        schema: Type.Object({ message: Type.String() }, closed),
        examples: {
          created: {
            request: { form: { id: 'user1', image: '@anna.jpg' } },
            value: { message: 'Data inserted successfully' },
          },
        },
      },
      400: failed('A field is missing, or the picture cannot be used.', {
        missing: {
          summary: 'no image',
          request: { form: { id: 'user1' } },
          value: { error: 'ID and image are required' },
        },
        noFace: {
          summary: 'no face',
          request: { form: { id: 'user1', image: '@nobody.jpg' } },
          value: { error: 'no face was found in the image' },
        },
        severalFaces: {
          summary: 'several faces',
          request: { form: { id: 'user1', image: '@two.jpg' } },
          value: { error: '2 faces were found in the image' },
        },
      }),
      409: failed('That ID has a face already.', {
        exists: {
          given: GIVEN,
          request: { form: { id: 'user1', image: '@stranger.jpg' } },
          value: { error: 'User already exists' },
        },
      }),
      default: other(Failure),
    },
  },
  list: {
    tag: TAG.b,
    path: '/register/',
    summary: 'Registered users',
    description: 'The people of the default gallery who have a face.',
    answers: {
      200: {
        description: '`timestamp` is the time of registration, UTC.',
        schema: Type.Object(
          {
            message: Type.Literal('Hello, world!'),
            data: Type.Array(Type.Object({ id: Type.String(), timestamp: Type.String() }, closed)),
          },
          closed,
        ),
        examples: {
          users: {
            given: GIVEN,
            request: {},
            value: { message: 'Hello, world!', data: [{ id: 'user1', timestamp: '2023-07-23T12:34:56' }] },
          },
        },
      },
      default: other(Failure),
    },
  },
  remove: {
    tag: TAG.b,
    path: '/register/',
    summary: 'Delete a user',
    description:
      'HTTP forbids a body on 204: the documented one comes with 200 on `Prefer: return=representation`.',
    headers: { Prefer: { description: '`return=representation` asks for the documented body' } },
    form: { id },
    answers: {
      200: {
        description: 'Deleted, as a body.',
        headers: {
          'x-files-deleted': 'JSON array of what was removed',
          'preference-applied': 'what was asked for',
        },
        schema: Type.Object({ message: Type.String(), files_deleted: Type.Array(Type.String()) }, closed),
        examples: {
          deleted: {
            given: GIVEN,
            request: { headers: { prefer: 'return=representation' }, form: { id: 'user1' } },
            value: { message: 'Data deleted successfully', files_deleted: ['default/user1#1'] },
          },
        },
      },
      204: {
        description: 'Deleted.',
        headers: { 'x-files-deleted': 'JSON array of what was removed, such as `["default/user1#1"]`' },
        examples: { deleted: { given: GIVEN, request: { form: { id: 'user1' } } } },
      },
      400: failed('No ID.', {
        missing: { request: {}, value: { error: 'ID is required' } },
      }),
      404: failed('Nobody with a face has that ID.', {
        unknown: { request: { form: { id: 'user1' } }, value: { error: 'User not found' } },
      }),
      default: other(Failure),
    },
  },
  verify: {
    tag: TAG.b,
    path: '/verify/',
    summary: 'Is this that user?',
    description:
      'The ID is looked for in the default gallery first, then in every gallery where it is unique.',
    form: { id, image },
    answers: {
      200: {
        description:
          '`recognition` is the ID that matches best, or `Unknown`; `verified` whether it is the claimed one.',
        schema: Type.Object(
          { message: Type.String(), recognition: Type.String(), verified: Type.Boolean() },
          closed,
        ),
        examples: {
          verified: {
            given: GIVEN,
            request: { form: { id: 'user1', image: '@anna-later.jpg' } },
            value: { message: 'Image received successfully!', recognition: 'user1', verified: true },
          },
          stranger: {
            given: GIVEN,
            request: { form: { id: 'user1', image: '@stranger.jpg' } },
            value: { message: 'Image received successfully!', recognition: 'Unknown', verified: false },
          },
        },
      },
      400: failed(
        'A field is missing, the user is unknown, or the picture cannot be used.',
        {
          missing: {
            request: { form: { id: 'user1' } },
            value: { error: 'Image and ID are required', verified: false },
          },
          unknown: {
            request: { form: { id: 'user1', image: '@anna.jpg' } },
            value: { error: 'Invalid User', verified: false },
          },
          noFace: {
            given: GIVEN,
            request: { form: { id: 'user1', image: '@nobody.jpg' } },
            value: { error: 'no face was found in the image', verified: false },
          },
        },
        NotVerified,
      ),
      default: other(NotVerified),
    },
  },
} satisfies Record<string, Description>;
