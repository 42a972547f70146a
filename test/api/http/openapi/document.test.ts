import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { serve } from '../serving.ts';

type Operation = Record<string, unknown> & { summary?: string; tags?: string[]; responses: object };
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly tags: { name: string }[];
}

async function served(t: TestContext) {
  const serving = await serve(t);
  const response = await fetch(`${serving.url}/openapi.json`);
  assert.equal(response.status, 200);
  return { ...serving, document: (await response.json()) as Document };
}

test('the description is valid OpenAPI 3.1', async (t) => {
  const { document } = await served(t);
  assert.equal(document.openapi, '3.1.0');
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
  assert.deepEqual([valid, errors], [true, undefined]);
});

test('every route is described, under the path of its document, and nothing else is', async (t) => {
  const { document, listed } = await served(t);
  const plain = (path: string) => path.replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1');
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${plain(path)}`),
  );
  assert.deepEqual(described.toSorted(), [...listed, 'GET /openapi.json'].map(plain).toSorted());
  assert.ok(listed.length > 20);
});

test('every operation stands under a heading that is explained, with a summary and its role', async (t) => {
  const { document } = await served(t);
  const headings = new Set(document.tags.map(({ name }) => name));
  const wrong = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(
        ([, { summary = '', tags = [], responses, 'x-role': role }]) =>
          !tags.every((tag) => headings.has(tag)) ||
          summary === '' ||
          Object.keys(responses).length === 0 ||
          !['open', 'viewer', 'terminal', 'technician'].includes(role as string),
      )
      .map(([method]) => `${method} ${path}`),
  );
  assert.deepEqual(wrong, []);
});

test('the page at /docs is for viewers and takes nothing from elsewhere', async (t) => {
  const { url } = await served(t);
  const page = await fetch(`${url}/docs`);
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self';/);
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string);
  assert.ok(links.length >= 5);
  for (const link of links) {
    const found = await fetch(new URL(link, `${url}/docs`));
    assert.equal(found.status, 200, link);
    assert.equal(new URL(found.url).origin, url);
  }
  assert.doesNotMatch(html, /https?:/);
  const json = (await (await fetch(`${url}/docs/json`)).json()) as Document;
  assert.equal(json.openapi, '3.1.0');
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
test('strangers see neither the page nor the description', {
  skip: outside === undefined ? 'this machine has no address but loopback' : false,
}, async (t) => {
  const { url } = await serve(t, { settings: { host: '0.0.0.0' } });
  for (const path of ['/docs', '/docs/', '/docs/json', '/docs/static/swagger-ui.css', '/openapi.json']) {
    const { status } = await fetch(`http://${outside}:${new URL(url).port}${path}`);
    assert.equal(status, 401, path);
  }
});
