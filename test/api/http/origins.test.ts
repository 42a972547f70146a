import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { test } from 'node:test';
import { serve } from './serving.ts';

const PANEL = 'https://panel.example';

function ask(
  url: string,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    request(url + path, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

const preflight = (origin: string) => ({
  origin,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'username,galleryname',
});

test('an allowed page may ask beforehand for every route, with the headers of the documents', async (t) => {
  const { url } = await serve(t, { settings: { allowedOrigins: [PANEL] } });
  for (const path of ['/api/register/', '/register', '/api/reset', '/login', '/v1/doors/front/unlock']) {
    const { status, headers } = await ask(url, 'OPTIONS', path, preflight(PANEL));
    assert.equal(status, 204, path);
    assert.equal(headers['access-control-allow-origin'], PANEL);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    const allowed = (headers['access-control-allow-headers'] ?? '').toLowerCase().split(', ');
    for (const name of [
      'username',
      'galleryname',
      'prefer',
      'authorization',
      'x-api-key',
      'content-type',
      'idempotency-key',
    ]) {
      assert.ok(allowed.includes(name), name);
    }
    assert.match(headers['access-control-allow-methods'] ?? '', /\bDELETE\b/);
    assert.match(headers.vary ?? '', /Origin/);
  }
});

test('an allowed page reads answers and refusals, and the headers that the documents add', async (t) => {
  const { url } = await serve(t, { settings: { allowedOrigins: [PANEL] } });
  const answer = await ask(url, 'GET', '/register', { origin: PANEL });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['access-control-allow-origin'], PANEL);
  assert.equal(
    answer.headers['access-control-expose-headers'],
    'X-Files-Deleted, Preference-Applied, Retry-After, X-Request-Id, Location',
  );
  const refusal = await ask(url, 'GET', '/v1/tokens', { origin: PANEL });
  assert.equal(refusal.status, 401);
  assert.equal(refusal.headers['access-control-allow-origin'], PANEL);
  const plain = await ask(url, 'GET', '/register', {});
  assert.equal(plain.headers['access-control-allow-origin'], undefined);
  assert.match(plain.headers.vary ?? '', /Origin/, 'no cache may give one answer to both');
});

test('every other page is refused, beforehand and after, and is allowed nothing', async (t) => {
  for (const allowedOrigins of [[PANEL], []]) {
    const { url } = await serve(t, { settings: { allowedOrigins } });
    const strangers = ['https://evil.example', 'http://panel.example', `${PANEL}.evil.example`, 'null'];
    if (allowedOrigins.length === 0) strangers.push(PANEL);
    for (const origin of strangers) {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const { status, headers } = await ask(url, method, '/register', preflight(origin));
        assert.equal(status, 403, `${method} from ${origin}`);
        assert.equal(headers['access-control-allow-origin'], undefined);
      }
    }
  }
});

test('OPTIONS that asks for nothing is an address that nothing answers', async (t) => {
  const { url } = await serve(t, { settings: { allowedOrigins: [PANEL] } });
  assert.equal((await ask(url, 'OPTIONS', '/register', {})).status, 404);
  assert.equal((await ask(url, 'OPTIONS', '/register', { origin: PANEL })).status, 404);
});

test('a page cannot use its visitor through requests that name no origin', async (t) => {
  const { url } = await serve(t, { settings: { allowedOrigins: [PANEL] } });
  const get = async (headers: OutgoingHttpHeaders, method = 'GET') =>
    (await ask(url, method, '/v1/people', headers)).status;
  for (const site of ['cross-site', 'same-site']) {
    const picture = { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    assert.equal(await get(picture), 403, site);
    const frame = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    assert.equal(await get(frame), 403, 'a frame in somebody’s page');
    const link = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    assert.equal(await get(link), 200, 'a link that its visitor follows');
    assert.equal(await get(link, 'DELETE'), 403);
    assert.equal(await get({ ...picture, origin: PANEL }), 200);
  }
  for (const site of ['same-origin', 'none']) assert.equal(await get({ 'sec-fetch-site': site }), 200);
});

test('a foreign name that resolves to this machine is refused, token or not', async (t) => {
  const { url, access } = await serve(t, { settings: { allowedHosts: ['door.lan'] } });
  const made = await access.tokens.create({ name: 'a', role: 'technician', actor: 'test' });
  assert.equal(made.kind, 'created');
  const authorization = `Bearer ${made.secret}`;
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'door.lan.']) {
    assert.equal((await ask(url, 'GET', '/v1/people', { host })).status, 403, host);
    assert.equal((await ask(url, 'GET', '/v1/people', { host, authorization })).status, 403, host);
    // its page counts as of the same origin: only the name gives it away
    const origin = `http://${host}`;
    assert.equal((await ask(url, 'POST', '/api/reset', { host, origin })).status, 403, host);
  }
  assert.equal((await ask(url, 'GET', '/v1/people', { host: 'DOOR.lan:5000' })).status, 200);
});
