import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { HttpServer } from '../../../src/api/http/server.ts';
import { BOUNDS, type HttpSettings } from '../../../src/api/http/settings.ts';
import type { Log } from '../../../src/core/ports/log.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { SETTINGS } from './serving.ts';

const missing = spawnSync('openssl', ['version']).error !== undefined;

suite('HTTPS', { skip: missing ? 'openssl is not installed' : false }, () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: folder });
  const selfSigned = (name: string, subject: string, ...more: string[]) =>
    openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', subject, ...more],
    );
  const issued = (name: string, subject: string, authority: string) => {
    openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject],
    );
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.crt`, '-CAkey', `${authority}.key`],
      ...['-CAcreateserial', '-days', '2', '-out', `${name}.crt`],
    );
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'limen-tls-'));
    selfSigned('first', '/CN=first', '-addext', 'subjectAltName=DNS:localhost');
    selfSigned('second', '/CN=second', '-addext', 'subjectAltName=DNS:localhost');
    selfSigned('ca', '/CN=Door clients');
    selfSigned('other-ca', '/CN=Somebody');
    issued('panel', '/CN=panel', 'ca');
    issued('desk', '/CN=desk', 'ca');
    issued('unlisted', '/CN=unlisted', 'ca');
    issued('forged', '/CN=panel', 'other-ca');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function start(t: TestContext, settings: Partial<HttpSettings>, log: Log = silentLog) {
    const clock = new ManualClock();
    const server = new HttpServer({
      settings: { ...SETTINGS, ...settings },
      routes: [
        (app) => {
          app.get('/who', { config: { role: 'viewer' } }, async ({ caller }) => caller);
          app.post('/reset', { config: { role: 'technician' } }, async () => 'done');
        },
      ],
      log,
      clock,
    });
    await server.start(new AbortController().signal);
    t.after(() => server.stop());
    return { server, clock };
  }

  interface Answer {
    readonly status: number | undefined;
    /** Common name of the server's certificate. */
    readonly subject: unknown;
    readonly body: Record<string, unknown>;
    /** What the server offers for resumption, and whether it has resumed. */
    readonly session: Buffer | undefined;
    readonly resumed: boolean;
  }

  /** One request over a connection of its own; `as` shows a certificate. */
  function ask(
    url: string,
    options: { as?: string; headers?: Record<string, string>; session?: Buffer } = {},
  ): Promise<Answer> {
    const { as, ...rest } = options;
    const shown = as && { cert: readFileSync(path(`${as}.crt`)), key: readFileSync(path(`${as}.key`)) };
    const to = { rejectUnauthorized: false, servername: 'localhost', agent: false, ...shown, ...rest };
    return new Promise((resolve, reject) => {
      let session: Buffer | undefined;
      const sent = request(`${url}/who`, to, (response) => {
        const socket = response.socket as TLSSocket;
        const resumed = socket.isSessionReused();
        // a resumed session has none
        const subject = (socket.getPeerCertificate().subject as { CN?: string } | undefined)?.CN;
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const body = JSON.parse(text) as Record<string, unknown>;
          resolve({ status: response.statusCode, subject, body, session, resumed });
        });
      });
      sent.on('socket', (socket) =>
        socket.on('session', (given: Buffer) => {
          session = given;
        }),
      );
      sent.on('error', reject).end();
    });
  }

  test('a renewed certificate is taken over without a restart; one that cannot be used is not', async (t) => {
    copyFileSync(path('first.crt'), path('live.crt'));
    copyFileSync(path('first.key'), path('live.key'));
    const lines: string[] = [];
    const log: Log = { ...silentLog, error: (_, message) => void lines.push(message) };
    const tls = { cert: path('live.crt'), key: path('live.key') };
    const { server, clock } = await start(t, { tls }, log);
    assert.match(server.url, /^https:/);
    assert.equal((await ask(server.url)).subject, 'first');
    clock.advance(BOUNDS.certificateCheckMs);
    assert.equal((await ask(server.url)).subject, 'first');
    // half of a renewal: the key does not belong to the certificate yet
    writeFileSync(path('live.crt'), `${readFileSync(path('second.crt'), 'utf8')}\n`);
    clock.advance(BOUNDS.certificateCheckMs);
    assert.equal((await ask(server.url)).subject, 'first');
    assert.deepEqual(lines, ['the renewed certificate cannot be used; the old one stays']);
    writeFileSync(path('live.key'), `${readFileSync(path('second.key'), 'utf8')}\n`);
    clock.advance(BOUNDS.certificateCheckMs);
    assert.equal((await ask(server.url)).subject, 'second');
  });

  test('files that do not belong together, or are not there, stop the start in words', async (t) => {
    const tls = { cert: path('first.crt'), key: path('second.key') };
    await assert.rejects(start(t, { tls }), { code: 'config_invalid', message: /^http\.tls: / });
    const gone = { cert: path('first.crt'), key: path('gone.key') };
    await assert.rejects(start(t, { tls: gone }), { code: 'config_unreadable', message: /gone\.key/ });
  });

  test('a certificate of the authority has the role that it is listed with, by name or fingerprint', async (t) => {
    const print = openssl('x509', '-in', 'desk.crt', '-noout', '-fingerprint', '-sha256').toString();
    const fingerprint = print.trim().split('=')[1] as string;
    const { server } = await start(t, {
      tls: { cert: path('first.crt'), key: path('first.key'), ca: path('ca.crt') },
      clients: [
        { cidr: '127.0.0.1/32', role: 'viewer' },
        { certificate: 'panel', role: 'terminal' },
        { certificate: fingerprint.replaceAll(':', '').toLowerCase(), role: 'technician' },
      ],
    });
    const panel = await ask(server.url, { as: 'panel' });
    assert.deepEqual([panel.body.role, panel.body.actor], ['terminal', 'certificate:panel@127.0.0.1']);
    assert.equal((await ask(server.url, { as: 'desk' })).body.role, 'technician');
    assert.equal((await ask(server.url)).body.role, 'viewer', 'without one the address decides');
    const unlisted = await ask(server.url, { as: 'unlisted' });
    assert.deepEqual(
      [unlisted.status, unlisted.body.detail],
      [401, 'the certificate "unlisted" is not listed in http.clients'],
    );
    const forged = await ask(server.url, { as: 'forged' });
    assert.equal(forged.status, 401, 'the right name, signed by somebody else');
    assert.match(String(forged.body.detail), /^the certificate of 127\.0\.0\.1 is not accepted: /);
    const bearer = await ask(server.url, { as: 'panel', headers: { authorization: 'Bearer wrong' } });
    assert.equal(bearer.status, 401, 'a wrong token does not fall back on the certificate');
  });

  test('no session is resumed where callers show certificates: each connection shows its own', async (t) => {
    const tls = { cert: path('first.crt'), key: path('first.key') };
    const again = async (url: string) => {
      const { session } = await ask(url);
      assert.ok(session);
      return (await ask(url, { session })).resumed;
    };
    assert.equal(await again((await start(t, { tls })).server.url), true);
    assert.equal(await again((await start(t, { tls: { ...tls, ca: path('ca.crt') } })).server.url), false);
  });

  test('an authority that is replaced vouches for nobody any more', async (t) => {
    copyFileSync(path('ca.crt'), path('live-ca.crt'));
    const { server, clock } = await start(t, {
      tls: { cert: path('first.crt'), key: path('first.key'), ca: path('live-ca.crt') },
      clients: [{ certificate: 'panel', role: 'terminal' }],
    });
    assert.equal((await ask(server.url, { as: 'panel' })).status, 200);
    writeFileSync(path('live-ca.crt'), `${readFileSync(path('other-ca.crt'), 'utf8')}\n`);
    clock.advance(BOUNDS.certificateCheckMs);
    assert.equal((await ask(server.url, { as: 'panel' })).status, 401);
    assert.equal((await ask(server.url, { as: 'forged' })).status, 200, 'the new authority’s own');
  });

  test('pages that were served in the clear are of another origin', async (t) => {
    const { server } = await start(t, { tls: { cert: path('first.crt'), key: path('first.key') } });
    const { host } = new URL(server.url);
    assert.equal((await ask(server.url, { headers: { origin: `https://${host}` } })).status, 200);
    assert.equal((await ask(server.url, { headers: { origin: `http://${host}` } })).status, 403);
  });
});
