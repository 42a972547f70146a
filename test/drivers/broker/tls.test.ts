import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeBroker } from '../../contract/broker.ts';
import { type Mosquitto, startMosquitto, withoutMosquitto } from './mosquitto.ts';
import { connected, disconnected } from './observer.ts';

const signal = new AbortController().signal;

describe('mqtts', { skip: withoutMosquitto || withoutOpenssl() }, () => {
  let directory: string;
  let mosquitto: Mosquitto;
  const path = (name: string) => join(directory, name);

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'limen-tls-'));
    authority('ca');
    authority('other-ca');
    signedBy('ca', 'server', 'subjectAltName=IP:127.0.0.1');
    signedBy('ca', 'box', 'extendedKeyUsage=clientAuth');
    signedBy('other-ca', 'stranger', 'extendedKeyUsage=clientAuth');
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
    rmSync(directory, { recursive: true, force: true });
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
    assert.match(await disconnected(wrongCa, /certificate/), /self-signed|unable to|signature/);
    await wrongCa.stop();
    const wrongName = broker('ca', 'box', 'localhost');
    await wrongName.start(signal);
    assert.match(await disconnected(wrongName, /certificate/), /altnames/);
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
    copyFileSync(path('ca.pem'), path('late.pem'));
    await connected(late);
    await late.stop();
  });

  function authority(name: string): void {
    openssl(`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name}`, [
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.pem`),
    ]);
  }

  function signedBy(ca: string, name: string, extension: string): void {
    writeFileSync(path(`${name}.ext`), extension);
    openssl(`req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`, [
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.csr`),
    ]);
    openssl('x509 -req -days 2 -CAcreateserial', [
      '-in',
      path(`${name}.csr`),
      '-CA',
      path(`${ca}.pem`),
      '-CAkey',
      path(`${ca}.key`),
      '-extfile',
      path(`${name}.ext`),
      '-out',
      path(`${name}.pem`),
    ]);
  }
});

function openssl(options: string, files: string[]): void {
  execFileSync('openssl', [...options.split(' '), ...files], { stdio: 'pipe' });
}

function withoutOpenssl(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return false;
  } catch {
    return 'needs openssl (apt-get install openssl)';
  }
}
