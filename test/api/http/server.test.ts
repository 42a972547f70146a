import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HttpRoutes } from '../../../src/api/http/routes.ts';
import { HttpServer } from '../../../src/api/http/server.ts';
import { LimenError } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/ports/log.ts';
import { ManualClock, SystemClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { picture } from '../../fixtures/coloured-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { form, SETTINGS, serve } from './serving.ts';

function server(routes: HttpRoutes[], settings = SETTINGS, log: Log = silentLog): HttpServer {
  return new HttpServer({ settings, routes, log, clock: new SystemClock() });
}

/** Sends `text` as it stands and returns everything that comes back. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

test('a route without a role does not register', async () => {
  const careless = server([(app) => app.get('/open-sesame', async () => 'welcome')]);
  await assert.rejects(careless.start(new AbortController().signal), /GET \/open-sesame declares no role/);
});

test('an unknown address is a problem that names the address and never the query', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(`${url}/nowhere?username=anna`);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const { requestId, ...body } = (await response.json()) as Record<string, unknown>;
  assert.equal(requestId, response.headers.get('x-request-id'));
  assert.deepEqual(body, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'nothing answers GET /nowhere',
    code: 'not_found',
    advice: 'List what exists first.',
  });
  assert.equal((await fetch(`${url}/api/enroll`)).status, 404, 'GET is another address than POST');
});

test('what breaks inside is answered without a trace of the inside, and logged', async (t) => {
  const lines: [Record<string, unknown>, string][] = [];
  const log: Log = { ...silentLog, error: (fields, message) => void lines.push([fields, message]) };
  const broken = server(
    [
      (app) =>
        app.get('/broken', { config: { role: 'viewer' } }, async () => {
          throw new Error('secret path /root/x');
        }),
    ],
    SETTINGS,
    log,
  );
  await broken.start(new AbortController().signal);
  t.after(() => broken.stop());
  const text = await (await fetch(`${broken.url}/broken`)).text();
  assert.match(text, /"code":"internal_fault"/);
  assert.doesNotMatch(text, /secret|stack|\.ts/);
  assert.equal(lines[0]?.[0].cause, 'secret path /root/x');
});

test('neither query nor path parameters nor bodies reach the log', async (t) => {
  const lines: string[] = [];
  const take = (fields: Record<string, unknown>, message: string) =>
    void lines.push(JSON.stringify(fields) + message);
  const log: Log = { debug: take, info: take, warn: take, error: take, child: () => log };
  const routes: HttpRoutes = (app) =>
    app.post('/people/:id', { config: { role: 'viewer' } }, async () => {
      throw new LimenError('not_found', 'nobody');
    });
  const quiet = server([routes], SETTINGS, log);
  await quiet.start(new AbortController().signal);
  t.after(() => quiet.stop());
  await fetch(`${quiet.url}/people/canary?x=canary`, { method: 'POST', body: 'canary' });
  await quiet.stop();
  assert.equal(
    lines.some((line) => line.includes('/people/:id')),
    true,
  );
  assert.deepEqual(
    lines.filter((line) => line.includes('canary')),
    [],
  );
});

test('an occupied port is named, and stopping afterwards is harmless', async (t) => {
  const { url } = await serve(t);
  const port = Number(new URL(url).port);
  const second = server([], { ...SETTINGS, port });
  await assert.rejects(second.start(new AbortController().signal), {
    code: 'port_in_use',
    message: `port ${port} on 127.0.0.1 is used by another program`,
  });
  await second.stop();
});

test('an address that is not of this machine is a matter of the configuration', async () => {
  const elsewhere = server([], { ...SETTINGS, host: '192.0.2.1' });
  await assert.rejects(elsewhere.start(new AbortController().signal), { code: 'config_invalid' });
});

test('hosts and origins: a foreign name or page is refused, addresses and own names pass', async (t) => {
  const settings = { allowedHosts: ['door.lan'], allowedOrigins: ['https://panel.lan'] };
  const { url } = await serve(t, { settings });
  const { port, host } = new URL(url);
  const status = async (headers: RequestOptions['headers']) =>
    new Promise((resolve, reject) => {
      httpRequest(`${url}/v1/people`, { headers: headers ?? {} }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await status({ host }), 200);
  assert.equal(await status({ host: `localhost:${port}` }), 200);
  assert.equal(await status({ host: 'door.lan' }), 200);
  assert.equal(await status({ host: '[::1]:80' }), 200);
  assert.equal(await status({ host: 'evil.example' }), 403);
  assert.equal(await status({ host: 'evil.example:5000' }), 403);
  assert.equal(await status({ origin: `http://${host}` }), 200);
  assert.equal(await status({ origin: 'https://panel.lan' }), 200);
  assert.equal(await status({ origin: 'https://evil.example' }), 403);
  assert.equal(await status({ origin: 'null' }), 403);
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
test('an unlisted caller is asked for a token everywhere but at health, which then tells no details', {
  skip: outside === undefined ? 'this machine has no address but loopback' : false,
}, async (t) => {
  const { url, health, store } = await serve(t, { settings: { host: '0.0.0.0' } });
  const there = `http://${outside}:${new URL(url).port}`;
  await store.put({ gallery: 'default', id: 'a', createdAt: '', enabled: true, faces: [] });
  health.report('camera', 'degraded', 'rtsp camera at 10.0.0.3 is silent');
  assert.deepEqual(await (await fetch(`${there}/v1/health`)).json(), {
    status: 'degraded',
    components: { camera: { status: 'degraded' } },
  });
  assert.equal((await fetch(`${there}/v1/ready`)).status, 200);
  for (const [method, path] of [
    ['GET', '/v1/people'],
    ['GET', '/v1/people/default/a'],
    ['DELETE', '/v1/people/default/a'],
    ['POST', '/v1/people/default/a/faces'],
    ['POST', '/api/enroll?username=a'],
    ['POST', '/api/authentificate?username=a'],
    ['POST', '/api/reset'],
  ] as const) {
    const response = await fetch(there + path, { method, headers: { 'x-forwarded-for': '127.0.0.1' } });
    assert.equal(response.status, 401, `${method} ${path}`);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  }
  assert.equal((await store.list()).length, 1);
});

test('a page of another origin cannot reset with the address of its visitor', async (t) => {
  const { url, store } = await serve(t);
  await store.put({ gallery: 'default', id: 'a', createdAt: '', enabled: true, faces: [] });
  const headers = { origin: 'https://evil.example' };
  const response = await fetch(`${url}/api/reset`, { method: 'POST', headers });
  assert.equal(response.status, 403);
  assert.equal((await store.list()).length, 1);
});

test('headers that are too large and bytes that are no HTTP are answered as problems', async (t) => {
  const { url } = await serve(t);
  const large = await raw(url, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 /);
  assert.match(large, /"detail":"the headers are too large"/);
  assert.match(
    await raw(url, '\u0000\u0001 hello\r\n\r\n'),
    /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/,
  );
  assert.match(await raw(url, 'GET / HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('an address that cannot be decoded is a problem', async (t) => {
  const { url } = await serve(t);
  const response = await fetch(`${url}/v1/people/default/%ff`);
  assert.equal(response.status, 400);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
});

test('uploads together hold a bounded amount of memory: what does not fit is refused at once', async (t) => {
  const settings = { ...SETTINGS, maxVideoBytes: 100_000_000 };
  let entered: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const config = { role: 'terminal', uploadBytes: settings.maxVideoBytes } as const;
  const bounded = server(
    [(app) => app.post('/clip', { config }, () => new Promise(() => entered()))],
    settings,
  );
  await bounded.start(new AbortController().signal);
  const sent: { destroy(): void }[] = [];
  t.after(() => {
    for (const request of sent) request.destroy();
    return bounded.stop();
  });
  const send = (bytes: number, onStatus: (status: number | undefined) => void) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'content-length': bytes };
    const request = httpRequest(`${bounded.url}/clip`, { method: 'POST', headers });
    sent.push(request);
    request.on('error', () => {}).on('response', (response) => onStatus(response.statusCode));
    request.flushHeaders();
  };
  send(99_000_000, () => {});
  await begun;
  assert.equal(await new Promise((resolve) => send(99_000_000, resolve)), 503);
  assert.equal(await new Promise((resolve) => send(101_000_000, resolve)), 413);
});

test('a caller who goes away while waiting leaves the queue', async (t) => {
  const { url, analyser, admission, store } = await serve(t);
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
  };
  const send = async (id: string, person: number, signal: AbortSignal | null = null) => {
    const body = form(['image', await picture({ person }), 'a.png']);
    return fetch(`${url}/v1/people/default/${id}/faces`, { method: 'POST', body, signal });
  };
  const first = send('a', 1);
  await until(() => admission.counts.running === 1);
  const leaving = new AbortController();
  const second = send('b', 2, leaving.signal);
  await until(() => admission.counts.waiting === 1);
  leaving.abort();
  await assert.rejects(second);
  await until(() => admission.counts.waiting === 0);
  open();
  assert.equal((await first).status, 201);
  assert.deepEqual(
    (await store.list()).map(({ id }) => id),
    ['a'],
  );
});

test('stopping waits for a request in progress, and cuts off one that does not end', async (t) => {
  const { url, server: serving, analyser, admission } = await serve(t);
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const enrolling = fetch(`${url}/api/enroll?username=a`, {
    method: 'POST',
    body: form(['cin_file', await picture({ person: 1 }), 'a.png']),
  });
  while (admission.counts.running === 0) await new Promise((resolve) => setImmediate(resolve));
  const stopped = serving.stop();
  open();
  assert.equal((await enrolling).status, 200);
  await stopped;
  await assert.rejects(fetch(`${url}/v1/health`));

  const clock = new ManualClock();
  const stuck = new HttpServer({
    settings: SETTINGS,
    routes: [(app) => app.get('/stuck', { config: { role: 'open' } }, () => new Promise(() => entered()))],
    log: silentLog,
    clock,
  });
  let entered: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    entered = resolve;
  });
  await stuck.start(new AbortController().signal);
  const waiting = fetch(`${stuck.url}/stuck`);
  const silent = connect(Number(new URL(stuck.url).port), '127.0.0.1');
  silent.on('error', () => {});
  await begun;
  const cut = stuck.stop();
  clock.advance(4_000);
  await assert.rejects(waiting);
  await cut;
  await stuck.stop();
});

test('a start that is called off leaves nothing listening', async () => {
  const controller = new AbortController();
  controller.abort(new Error('called off'));
  const halted = server([]);
  await assert.rejects(halted.start(controller.signal), /called off/);
  assert.throws(() => halted.url, { code: 'internal_fault' });
});

test('the state directory has a socket of its own: technician without an address, and for this user only', async (t) => {
  const socketPath = join(scratch(), 'limen.sock');
  // as a killed daemon leaves it
  await new Promise<void>((resolve) => {
    const stale = createServer().listen(socketPath, () => {
      stale.unref();
      resolve();
    });
  });
  const clients = [{ cidr: '127.0.0.0/8', role: 'viewer' as const }];
  const { url, server: serving, journal, store } = await serve(t, { socketPath, settings: { clients } });
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  await store.put({ gallery: 'default', id: 'a', createdAt: '', enabled: true, faces: [] });
  const status = (options: RequestOptions) =>
    new Promise((resolve, reject) => {
      httpRequest({ method: 'DELETE', path: '/v1/people/default/a', ...options }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await status({ host: '127.0.0.1', port: new URL(url).port }), 403);
  assert.equal(await status({ socketPath }), 204);
  assert.equal(journal.events[0]?.actor, 'cli');
  await serving.stop();
  assert.equal(existsSync(socketPath), false);
});

const openssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
test('with certificate and key it serves HTTPS', { skip: openssl }, async (t) => {
  const folder = scratch();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const { url } = await serve(t, { settings: { tls: { cert, key } } });
  assert.match(url, /^https:/);
  const status = await new Promise((resolve, reject) => {
    httpsRequest(`${url}/v1/health`, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  assert.equal(status, 200);
  const missing = server([], { ...SETTINGS, tls: { cert: join(folder, 'none'), key } });
  await assert.rejects(missing.start(new AbortController().signal), { code: 'config_unreadable' });
});
