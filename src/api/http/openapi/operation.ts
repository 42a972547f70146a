import type { RouteOptions } from 'fastify';
import type { DescribedAnswer, Description, Field } from './description.ts';
import { problemAnswer } from './problem-answer.ts';

type Json = Record<string, unknown>;

/** Headings of routes that carry no description of their own, by the start of their path. */
const NATIVE = 'Native /v1';

/** What `@fastify/swagger` makes an operation of: the validating schemas, and what the description adds. */
export function operationSchema(route: RouteOptions, url: string): Json {
  const { schema = {}, config } = route;
  const described = config?.describe;
  const role = config?.role ?? 'nobody';
  const answers = described?.answers ?? {};
  const replays = Object.entries(answers).flatMap(([status, answer]) =>
    contentOf(answer, schemaOf(route, status)) === undefined
      ? Object.entries(answer.examples ?? {}).map(([name, example]) => [
          `${status} ${name}`,
          exampleOf(example),
        ])
      : [],
  );
  return {
    tags: [described?.tag ?? defaultTag(url)],
    summary: described?.summary ?? `${String(route.method)} ${url}`,
    description: [described?.description, roleText(role), credentialText(config?.credential)]
      .filter(Boolean)
      .join('\n\n'),
    ...pick(schema as Json, ['params', 'querystring', 'body', 'hide']),
    ...(described?.query && { querystring: parameters(described.query) }),
    ...(described?.headers && { headers: parameters(described.headers) }),
    ...(described?.form && { body: formBody(described) }),
    'x-role': role,
    ...(config?.credential && { 'x-credential': config.credential }),
    ...(config?.credential === 'token' && { security: [{ bearer: [] }, { apiKey: [] }] }),
    ...(replays.length > 0 && { 'x-examples': Object.fromEntries(replays) }),
  };
}

/** The `responses` of an operation; made here, since swagger takes members of examples for keywords of schemas. */
export function responsesOf(route: RouteOptions): Json {
  const described = route.config?.describe?.answers ?? {};
  const validated = (route.schema?.response ?? {}) as Json;
  const statuses = new Set([...Object.keys(validated), ...Object.keys(described)]);
  const responses: Json = {};
  for (const status of statuses) {
    const answer = described[status] ?? { description: 'The answer.' };
    const content = contentOf(answer, schemaOf(route, status));
    responses[status.replace('xx', 'XX')] = {
      description: answer.description,
      ...(answer.headers && { headers: headersOf(answer.headers) }),
      ...(content && { content }),
    };
  }
  if (responses.default !== undefined) return responses;
  if (route.config?.failure === undefined) responses.default = problemAnswer();
  else if (statuses.size === 0) responses.default = { description: 'As its document says.' };
  return responses;
}

function schemaOf(route: RouteOptions, status: string): Json | undefined {
  return (route.schema?.response as Record<string, Json> | undefined)?.[status];
}

function contentOf(answer: DescribedAnswer, validated: Json | undefined): Json | undefined {
  const schema = answer.schema ?? validated;
  if (schema === undefined) return undefined;
  const examples = Object.entries(answer.examples ?? {}).map(([name, example]) => [name, exampleOf(example)]);
  return {
    [answer.mediaType ?? 'application/json']: {
      schema,
      ...(examples.length > 0 && { examples: Object.fromEntries(examples) }),
    },
  };
}

function exampleOf(example: NonNullable<DescribedAnswer['examples']>[string]): Json {
  const { summary, given, request, value } = example;
  return {
    ...(summary !== undefined && { summary }),
    ...(value !== undefined && { value }),
    ...(given && { 'x-given': given }),
    'x-request': request ?? {},
  };
}

function headersOf(headers: Readonly<Record<string, string>>): Json {
  const entries = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return Object.fromEntries(entries);
}

function parameters(fields: Readonly<Record<string, Field>>): Json {
  const properties = Object.entries(fields).map(([name, { description }]) => [
    name,
    { type: 'string', description },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties), required: requiredOf(fields) };
}

/** As multipart; the texts alone also in whatever other way the route reads them. */
function formBody({ form = {}, formAnyhow }: Description): Json {
  const properties = Object.entries(form).map(([name, { description, file }]) => [
    name,
    file === undefined
      ? { type: 'string', description }
      : { type: 'string', format: 'binary', contentMediaType: MEDIA[file], description },
  ]);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: requiredOf(form),
  };
  const types = ['multipart/form-data'];
  const texts = Object.values(form).every(({ file }) => file === undefined);
  if (formAnyhow && texts) types.push('application/json', 'application/x-www-form-urlencoded');
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

/** What is accepted in the file of a form. */
const MEDIA = {
  image: 'image/jpeg, image/png, image/webp, image/avif',
  video:
    'video/mp4, video/quicktime, video/webm, video/x-matroska, image/jpeg, image/png, image/webp, image/avif',
} as const;

function requiredOf(fields: Readonly<Record<string, Field>>): string[] {
  return Object.entries(fields)
    .filter(([, { required }]) => required)
    .map(([name]) => name);
}

function roleText(role: string): string {
  return role === 'open' ? 'Open to everybody.' : `Least role: **${role}**.`;
}

function credentialText(credential: 'token' | 'recent' | undefined): string | undefined {
  switch (credential) {
    case 'token':
      return 'Needs a token, whatever address the caller has.';
    case 'recent':
      return 'A token must have been issued or entered again (`POST /v1/tokens/self/reenter`) within 5 minutes.';
    case undefined:
      return undefined;
  }
}

/** `/v1/doors/:door` stands under doors. */
function defaultTag(url: string): string {
  const [, first, second] = url.split('/');
  return first === 'v1' && second !== undefined ? `${NATIVE} · ${second}` : 'Other';
}

function pick(from: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]));
}
