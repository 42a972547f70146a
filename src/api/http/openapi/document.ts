import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { HttpRoutes } from '../routes.ts';
import { operationSchema, responsesOf } from './operation.ts';
import { TAG, TAGS } from './tags.ts';

interface OpenapiObject {
  readonly paths?: Readonly<Record<string, Record<string, { responses?: unknown }>>>;
}

const PACKAGE = new URL('../../../../package.json', import.meta.url);

const ABOUT = [
  'Recognition at a door. Five documented APIs and the native `/v1` are served by the same services: whoever is',
  'enrolled through one is known to all. No answer here moves a door, except `POST /v1/doors/{door}/unlock` and `…/mode`.',
  '',
  'Paths are accepted with and without a trailing slash. Pictures are JPEG, PNG, WebP or AVIF of at most 10 MB and',
  '25 megapixels. Who calls is known by a token (`Authorization: Bearer …` or `X-Api-Key`) or by address',
  '(`http.clients`; this machine itself is `technician`). Roles: viewer < terminal < technician.',
  '',
  'Every example can be replayed, and a test does so against a running daemon: `x-given` says what is so beforehand,',
  '`x-request` what is sent. Measured figures differ.',
].join('\n');

/** Collects every route that is registered after it into an OpenAPI 3.1 document; to be called before them. */
export function describeRoutes(app: FastifyInstance): void {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const responses = new Map<string, Record<string, unknown>>();
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Limen', version, description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'this daemon' }],
      tags: [...TAGS],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'made with `limen token create`' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'the same token' },
        },
      },
      security: [{}, { bearer: [] }, { apiKey: [] }],
    },
    transform: ({ url, route }) => {
      const path = route.config?.describe?.path ?? url;
      for (const method of [route.method].flat()) {
        responses.set(`${method.toLowerCase()} ${openapiPath(path)}`, responsesOf(route as RouteOptions));
      }
      return { schema: operationSchema(route as RouteOptions, url), url: path };
    },
    transformObject: (document) => {
      const { openapiObject } = document as { openapiObject: OpenapiObject };
      for (const [path, operations] of Object.entries(openapiObject.paths ?? {})) {
        for (const [method, operation] of Object.entries(operations)) {
          operation.responses = responses.get(`${method} ${path}`) ?? operation.responses;
        }
      }
      return openapiObject;
    },
  });
}

/** `/openapi.json`, for whoever writes a client. */
export function documentRoutes(): HttpRoutes {
  return (app) => {
    app.get(
      '/openapi.json',
      {
        config: {
          role: 'viewer',
          describe: {
            tag: TAG.system,
            summary: 'This description',
            answers: { 200: { description: 'An OpenAPI 3.1 document.', schema: { type: 'object' } } },
          },
        },
      },
      async () => app.swagger(),
    );
  };
}

/** `/v1/doors/:door` as `/v1/doors/{door}`. */
function openapiPath(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}');
}
