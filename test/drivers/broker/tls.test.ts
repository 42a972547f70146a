import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeBroker } from '../../contract/broker.ts';
import { Certificates, withoutOpenssl } from './certificates.ts';
import { type Mosquitto, startMosquitto, withoutMosquitto } from './mosquitto.ts';
import { connected, disconnected } from './observer.ts';

const signal = new AbortController().signal;

describe('mqtts', { skip: withoutMosquitto || withoutOpenssl() }, () => {
  let pki: Certificates;
  let mosquitto: Mosquitto;
  const path = (name: string) => pki.path(name);

  before(async () => {
    pki = new Certificates();
    pki.authority('ca');
    pki.authority('other-ca');
    pki.signedBy('ca', 'server', 'subjectAltName=IP:127.0.0.1');
    pki.signedBy('ca', 'box', 'extendedKeyUsage=clientAuth');
    pki.signedBy('other-ca', 'stranger', 'extendedKeyUsage=clientAuth');
    mosquitto = await startMosquitto([
      `cafile ${path('ca.pem')}`,
      `certfile ${path('server.pem')}`,
      `keyfile ${path('server.key')}`,
      'require_certificate true',
      'use_identity_as_username true',
    ]);
  });

  after(async () => {
    await mosquitto?.close();
    pki?.remove();
  });

  const broker = (ca: string, pair: string, host = '127.0.0.1') =>
    makeBroker(`mqtts://${host}:${mosquitto.port}`, {
      tls: { caFile: path(`${ca}.pem`), certFile: path(`${pair}.pem`), keyFile: path(`${pair}.key`) },
    });

  test('connects with the CA of the site and a client certificate', async () => {
    const trusted = broker('ca', 'box');
    await trusted.start(signal);
    await connected(trusted);
    await trusted.publish('limen/box/event', 'x', { qos: 1, retain: false });
    await trusted.stop();
  });

  test('refuses a broker signed by another CA, or named otherwise, and says which', async () => {
    const wrongCa = broker('other-ca', 'box');
    await wrongCa.start(signal);
    assert.match(await disconnected(wrongCa, /certificate/), /(self-signed|unable to|signature).*`mqtt\.ca`/);
    await wrongCa.stop();
    const wrongName = broker('ca', 'box', 'localhost');
    await wrongName.start(signal);
    assert.match(await disconnected(wrongName, /certificate/), /altnames.*`mqtt\.url`/);
    await wrongName.stop();
  });

  test('is refused with a certificate that the broker does not know', async () => {
    const stranger = broker('ca', 'stranger');
    await stranger.start(signal);
    assert.notEqual(await disconnected(stranger, /mqtts:\/\//), '');
    await stranger.stop();
  });

  test('a file that cannot be read is a state; once it is there, the next attempt uses it', async () => {
    const late = broker('late', 'box');
    await late.start(signal);
    await disconnected(late, /ENOENT.*late\.pem/);
    pki.put('ca.pem', 'late.pem');
    await connected(late);
    await late.stop();
  });
});
