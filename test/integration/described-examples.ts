import assert from 'node:assert/strict';

/** One exchange that the served description promises. */
export interface Exchange {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Whether it takes a token to get so far. */
  readonly token: boolean;
  readonly given: readonly string[];
  readonly request: ExchangeRequest;
  readonly value: unknown;
  readonly schema: Json | undefined;
  readonly mediaType: string | undefined;
}

interface ExchangeRequest {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly form?: Record<string, string>;
  readonly json?: unknown;
}

type Json = Record<string, unknown>;
type Example = { value?: unknown; 'x-given'?: string[]; 'x-request': ExchangeRequest };
type Content = { schema: Json; examples?: Record<string, Example> };

/** Every example of an OpenAPI document. */
export function exchangesOf(document: { paths: Record<string, Record<string, Json>> }): Exchange[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const found: Exchange[] = [];
      const add = (status: string, name: string, example: Example, content?: Content, mediaType?: string) => {
        const { value, 'x-given': given = [], 'x-request': request } = example;
        const title = `${method.toUpperCase()} ${path} → ${status} ${name}`;
        found.push({
          ...{ title, method: method.toUpperCase(), path, status: Number(status), given, request, value },
          ...{ schema: content?.schema, mediaType, token: operation['x-credential'] === 'token' },
        });
      };
      for (const [status, response] of Object.entries(operation.responses as Record<string, Json>)) {
        for (const [type, content] of Object.entries((response.content ?? {}) as Record<string, Content>)) {
          for (const [name, example] of Object.entries(content.examples ?? {})) {
            add(status, name, example, content, type);
          }
        }
      }
      for (const [key, example] of Object.entries(
        (operation['x-examples'] ?? {}) as Record<string, Example>,
      )) {
        add(key.slice(0, 3), key.slice(4), example);
      }
      return found;
    }),
  );
}

/** The address and the rest of the request, with the files' bytes in place of their names. */
export function requestOf(exchange: Exchange, pictures: Record<string, Uint8Array>) {
  const { path = {}, query = {}, headers = {}, form, json } = exchange.request;
  const target = exchange.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name];
    assert.ok(value !== undefined, `${exchange.title} says nothing of {${name}}`);
    return encodeURIComponent(value);
  });
  const search = Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`;
  const data = form && new FormData();
  for (const [name, value] of Object.entries(form ?? {})) {
    if (!value.startsWith('@')) data?.append(name, value);
    else {
      const bytes = pictures[value.slice(1)];
      assert.ok(bytes !== undefined, `${exchange.title} sends ${value}, which there is none of`);
      data?.append(name, new Blob([new Uint8Array(bytes)]), value.slice(1));
    }
  }
  const body = data ?? (json === undefined ? undefined : JSON.stringify(json));
  return {
    target: target + search,
    headers: {
      ...headers,
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    body,
  };
}

/** Figures that are measured, names that are drawn and hashes: of the same type in example and answer. */
const MEASURED =
  /^(score|margin|quality|distance|distanceM|minM|maxM|focalPx|seq|latencyMs|ageMs|widthPx|heightPx|px|x|y|width|height|captured|dropped|processed|next)$/;
const DRAWN = /^(clockSynced|camera|modelId)$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Fails where an answer is not what the example says, measured figures aside. */
export function assertAlike(actual: unknown, expected: unknown, where: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${where} is no array`);
    assert.equal(actual.length, expected.length, `${where}: ${JSON.stringify(actual)}`);
    for (const [i, item] of expected.entries()) assertAlike(actual[i], item, `${where}[${i}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    assert.ok(typeof actual === 'object' && actual !== null, `${where} is no object`);
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), `members of ${where}`);
    for (const [key, value] of Object.entries(expected)) {
      assertAlike((actual as Json)[key], value, `${where}.${key}`);
    }
  } else if (typeof expected === 'string' && TIME.test(expected)) {
    assert.match(String(actual), TIME, where);
  } else if (typeof expected === 'string' && UUID.test(expected)) {
    assert.match(String(actual), UUID, where);
  } else if (measured(where, expected)) {
    assert.equal(typeof actual, typeof expected, where);
  } else {
    assert.equal(actual, expected, where);
  }
}

function measured(where: string, expected: unknown): boolean {
  const key = where.split('.').at(-1) ?? '';
  return (
    DRAWN.test(key) ||
    where.includes('.chain.') ||
    (typeof expected === 'number' && MEASURED.test(key) && expected !== 0)
  );
}
