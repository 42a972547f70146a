import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { Aedes } from 'aedes';
import { MqttPublisher } from '../../../src/api/mqtt/publisher.ts';
import { lastWill } from '../../../src/api/mqtt/state.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import type { Log } from '../../../src/core/ports/log.ts';
import { MqttBroker } from '../../../src/drivers/broker/mqtt-broker.ts';
import { TlsFiles } from '../../../src/drivers/broker/tls-files.ts';
import { MemoryJournal } from '../../../src/drivers/store/memory-journal.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Certificates, withoutOpenssl } from './certificates.ts';
import { freePort, startMosquitto, withoutMosquitto } from './mosquitto.ts';
import { connected, Observer } from './observer.ts';

const signal = new AbortController().signal;
const clock = new SystemClock();
const topics = new Topics({ prefix: 'limen', device: 'box' });

describe('certificates that are renewed while the daemon runs', { skip: withoutOpenssl() }, () => {
  let pki: Certificates;

  before(() => {
    pki = new Certificates();
    pki.authority('ca');
    pki.authority('other-ca');
    pki.signedBy('ca', 'server', 'subjectAltName=IP:127.0.0.1');
    for (const name of ['first', 'second', 'third']) pki.signedBy('ca', name, 'extendedKeyUsage=clientAuth');
    pki.signedBy('ca', 'expired', 'extendedKeyUsage=clientAuth', -1);
    pki.signedBy('other-ca', 'stranger', 'extendedKeyUsage=clientAuth');
  });
  after(() => pki?.remove());

  /** Puts certificate and key of `name` where the daemon looks for its own. */
  const renew = (name: string, site: string) => {
    pki.put(`${name}.key`, `${site}.key`);
    pki.put(`${name}.pem`, `${site}.pem`);
  };

  /** The daemon's connection with files of its own, and what it says. */
  function daemon(t: TestContext, port: number, protocol: '5' | '3.1.1') {
    const site = `site-${port}`;
    pki.put('ca.pem', `${site}-ca.pem`);
    renew('first', site);
    const said: string[] = [];
    const waiters = new Set<() => void>();
    const say = (fields: object, message: string) => {
      said.push(`${message} ${JSON.stringify(fields)}`);
      for (const look of waiters) look();
    };
    const log: Log = { ...silentLog, info: say, warn: say, error: say };
    const broker = new MqttBroker(
      {
        url: `mqtts://127.0.0.1:${port}`,
        protocol,
        clientId: 'limen-box',
        will: lastWill(topics),
        backoff: { firstMs: 10, maxMs: 50 },
        certificateCheckMs: 10,
        // nothing here goes by the clock of a machine that may be busy
        connectTimeoutMs: 120_000,
        ackTimeoutMs: 120_000,
        keepaliveS: 600,
        tls: {
          caFile: pki.path(`${site}-ca.pem`),
          certFile: pki.path(`${site}.pem`),
          keyFile: pki.path(`${site}.key`),
        },
      },
      { clock, log },
    );
    t.after(() => broker.stop());
    /** Resolves once `times` lines that were said match. */
    const hears = (pattern: RegExp, times = 1) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const found = said.filter((line) => pattern.test(line));
          if (found.length < times) return;
          waiters.delete(look);
          resolve(found.at(-1) as string);
        };
        waiters.add(look);
        look();
      });
    return { site, broker, said, hears };
  }

  /** A broker that asks for a certificate, and whose name each connection showed. */
  async function site(t: TestContext) {
    const aedes = await Aedes.createBroker();
    const names: string[] = [];
    const sockets = new Set<TLSSocket>();
    const files = { ca: 'ca.pem', cert: 'server.pem', key: 'server.key' };
    const [ca, cert, key] = Object.values(files).map((name) => readFileSync(pki.path(name)));
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    const server = createServer(options as object, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      names.push(String(socket.getPeerCertificate().subject.CN));
      aedes.handle(socket);
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const cut = () => {
      for (const socket of sockets) socket.destroy();
    };
    return { port: (server.address() as AddressInfo).port, names, cut };
  }

  test('renewed files are taken over by an orderly new connection: every event once, in order, and no last will', {
    skip: withoutMosquitto,
  }, async (t) => {
    const plain = await freePort();
    const mosquitto = await startMosquitto(
      [
        `cafile ${pki.path('ca.pem')}`,
        `certfile ${pki.path('server.pem')}`,
        `keyfile ${pki.path('server.key')}`,
        'require_certificate true',
        'use_identity_as_username true',
        `listener ${plain} 127.0.0.1`,
        'allow_anonymous true',
        'acl_file %d/acl',
      ],
      {
        acl: [
          'topic readwrite #',
          ...['first', 'second'].flatMap((user) => [
            `user ${user}`,
            'topic readwrite limen/#',
            `topic write who/${user}`,
          ]),
        ].join('\n'),
      },
    );
    t.after(() => mosquitto.close());
    const { site, broker, hears } = daemon(t, mosquitto.port, '5');
    const journal = new MemoryJournal({ device: 'box', clock });
    const publisher = new MqttPublisher(
      { doors: ['front'], facesHz: 0, backoff: { firstMs: 10, maxMs: 50 } },
      { broker, journal, topics, clock, log: silentLog, health: new Health() },
    );
    const observer = await Observer.connect(`mqtt://127.0.0.1:${plain}`);
    t.after(() => observer.close());
    await broker.start(signal);
    await publisher.start(signal);
    await connected(broker);
    await broker.publish('who/first', 'x', { qos: 1, retain: false });
    await assert.rejects(broker.publish('who/second', 'x', { qos: 1, retain: false }), {
      code: 'broker_refused',
    });

    let writing = true;
    const traffic = (async () => {
      while (writing) {
        for (let n = 0; n < 20; n++) journal.append({ type: 'face.unknown', door: 'front' });
        await new Promise((resolve) => setImmediate(resolve));
        await observer.count(journal.lastSeq - 200, ({ topic }) => topic.endsWith('/event'));
      }
    })();
    await observer.count(100, ({ topic }) => topic.endsWith('/event'));
    renew('second', site);
    await hears(/^renewed certificates in use/);
    await broker.publish('who/second', 'x', { qos: 1, retain: false });
    writing = false;
    await traffic;
    const events = await observer.count(journal.lastSeq, ({ topic }) => topic.endsWith('/event'));
    assert.deepEqual(
      events.map(({ text }) => (JSON.parse(text) as { seq: number }).seq),
      Array.from({ length: journal.lastSeq }, (_, n) => n + 1),
    );
    assert.ok(!observer.seen.some(({ text }) => text === 'offline'));
    await publisher.stop();
  });

  test('half of a renewal and broken files are told and left alone; the connection goes on until they fit', async (t) => {
    const at = await site(t);
    const { site: own, broker, said, hears } = daemon(t, at.port, '3.1.1');
    await broker.start(signal);
    await connected(broker);
    pki.put('second.pem', `${own}.pem`);
    assert.match(await hears(/cannot be used; the old ones stay/), /key/);
    writeFileSync(pki.path('broken.pem'), '-----BEGIN CERTIFICATE-----\n');
    pki.put('broken.pem', `${own}-ca.pem`);
    assert.match(await hears(/cannot be used; the old ones stay/, 2), /-ca\.pem/);
    await broker.publish('limen/box/event', 'x', { qos: 1, retain: false });
    assert.deepEqual(at.names, ['first']);
    // what holds the connection holds the next one as well
    at.cut();
    await hears(/^connected to the broker/, 2);
    assert.deepEqual(at.names, ['first', 'first']);
    pki.put('ca.pem', `${own}-ca.pem`);
    pki.put('second.key', `${own}.key`);
    await hears(/^renewed certificates in use/);
    assert.deepEqual(at.names, ['first', 'first', 'second']);
    assert.equal(said.filter((line) => /^certificates were renewed/.test(line)).length, 1);
  });

  test('renewed files with which the broker takes nobody are told, and the old ones connect again; better ones follow', async (t) => {
    for (const wrong of ['stranger', 'expired', 'other-ca']) {
      const at = await site(t);
      const { site: own, broker, hears } = daemon(t, at.port, '3.1.1');
      await broker.start(signal);
      await connected(broker);
      if (wrong === 'other-ca') pki.put('other-ca.pem', `${own}-ca.pem`);
      else renew(wrong, own);
      await hears(/make no connection; the old ones stay in use/);
      await connected(broker);
      assert.deepEqual(at.names, ['first', 'first'], wrong);
      pki.put('ca.pem', `${own}-ca.pem`);
      renew('third', own);
      await hears(/^renewed certificates in use/);
      assert.equal(at.names.at(-1), 'third', wrong);
      await broker.stop();
    }
  });

  test('files that are written again with the same content are no renewal', async () => {
    renew('first', 'same');
    const files = new TlsFiles({ certFile: pki.path('same.pem'), keyFile: pki.path('same.key') }, silentLog);
    files.opened(await files.next());
    renew('first', 'same');
    assert.equal(await files.renewed(), false);
    renew('second', 'same');
    assert.equal(await files.renewed(), true);
    files.opened(await files.next());
    assert.equal(await files.renewed(), false);
  });
});
