import Type from 'typebox';
import type { ErrorCode } from '../../../core/errors.ts';
import { problem, problemBody } from '../problem.ts';
import type { DescribedAnswer, Example } from './description.ts';

/** RFC 9457 with the members that every native failure has. Further members belong to single ones. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'always `about:blank`: `code` says what it is' }),
    title: Type.String({ description: 'the name of the status' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'what happened, with the values at hand' }),
    code: Type.String({ description: 'one of the table of errors' }),
    advice: Type.String({ description: 'what to do next' }),
    requestId: Type.Optional(Type.String({ description: 'as in the header `x-request-id` and the log' })),
  },
  { title: 'Problem' },
);

const MEDIA_TYPE = 'application/problem+json';

/** The response object for whatever else may go wrong with a native route. */
export function problemAnswer(): Record<string, unknown> {
  return {
    description: 'A problem: refused, not there, too large, busy, or failed inside.',
    content: { [MEDIA_TYPE]: { schema: ProblemSchema } },
  };
}

/** A problem that a route is documented to give. */
export function problems(description: string, examples: DescribedAnswer['examples'] = {}): DescribedAnswer {
  return { description, schema: ProblemSchema, mediaType: MEDIA_TYPE, examples };
}

/** The example of a problem, complete with what the table of errors says of its code. */
export function problemExample(
  [code, detail, status]: readonly [code: ErrorCode, detail: string, status?: number],
  example: Omit<Example, 'value'> & { readonly members?: Readonly<Record<string, unknown>> } = {},
): Example {
  const { members, ...rest } = example;
  const found = problem(code, detail, {
    ...(status !== undefined && { status }),
    ...(members && { members }),
  });
  return { ...rest, value: problemBody(found, '3f2c8a52-0d6e-4d5a-9a55-1d4b2f0c7e11') };
}
