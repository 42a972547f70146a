import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';
import { unsafeBind } from '../../config/http.ts';
import type { BrokerState } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { MqttBroker } from '../../drivers/broker/mqtt-broker.ts';
import { SmtpMailer } from '../../drivers/mail/smtp-mailer.ts';
import { tokensDocument } from '../token-room.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

const DAY_MS = 86_400_000;
/** A certificate is renewed in good time before it ends: in the last third of its life, three weeks at most. */
const RENEW_DAYS = 21;

/** Whom Limen talks to and who talks to it. */
export function networkChecks(patient: Patient): Check[] {
  const { config } = patient.session;
  return [
    ...(patient.running
      ? []
      : [
          { name: 'http', look: () => port(patient) },
          { name: 'http callers', look: () => callers(patient) },
          { name: 'broker', look: (signal: AbortSignal) => broker(patient, signal) },
        ]),
    ...certificate(patient, 'http certificate', config.http.tls),
    ...certificate(patient, 'mqtt certificate', config.mqtt),
    { name: 'mail', look: () => mail(patient) },
  ];
}

/** Whether the port can be listened on, by listening. */
async function port({ session: { config } }: Patient): Promise<Finding> {
  const { host, port: wanted } = config.http;
  const where = `port ${wanted} on ${host}`;
  const cause = await listening(wanted, host);
  if (cause === undefined) return ok('http', `${where} is free`);
  if (cause.code === 'EADDRINUSE') {
    return fail(
      'http',
      `${where} is used by another program`,
      'stop it (ss -ltnp shows it), or set http.port',
    );
  }
  return fail('http', `${where}: ${cause.message}`, 'set http.host to an address of this machine');
}

function listening(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** Who may call, and whether somebody may whom nobody has let in. */
async function callers({ session: { config, stateDir, log } }: Patient): Promise<Finding> {
  const { http } = config;
  const document = tokensDocument(stateDir, log);
  await document.start();
  const count = document.value.tokens.length;
  await document.stop();
  const unsafe = unsafeBind(http, count > 0);
  const fix =
    'name the clients in `http.clients`, make a token, and set `http.tls` or `http.plaintext: true`';
  if (unsafe !== undefined) return fail('http callers', unsafe, fix);
  return ok('http callers', `${http.host}; ${http.clients.length} listed clients, ${count} tokens`);
}

/** Nothing where none is configured. */
function certificate(
  { session: { clock } }: Patient,
  name: string,
  { cert, key }: { readonly cert?: string; readonly key?: string },
): Check[] {
  if (cert === undefined || key === undefined) return [];
  return [{ name, look: () => pair(name, cert, key, clock) }];
}

async function pair(check: string, cert: string, key: string, clock: Clock): Promise<Finding> {
  const [certificate, secret] = await Promise.all([readFile(cert), readFile(key)]);
  try {
    createSecureContext({ cert: certificate, key: secret });
  } catch (cause) {
    return fail(check, `${cert} and ${key}: ${(cause as Error).message}`, 'name files that belong together');
  }
  const { validFrom, validTo } = new X509Certificate(certificate);
  const until = Date.parse(validTo);
  const life = (until - Date.parse(validFrom)) / DAY_MS;
  const days = Math.floor((until - clock.wall().getTime()) / DAY_MS);
  const ends = `${cert} is valid until ${new Date(until).toISOString().slice(0, 10)}`;
  if (days < 0) return fail(check, ends, 'renew it');
  return days < Math.min(RENEW_DAYS, life / 3)
    ? warn(check, `${ends}, ${days} days`, 'renew it')
    : ok(check, ends);
}

/** Connects as somebody of its own, so that a daemon elsewhere is not thrown out. */
async function broker({ session }: Patient, signal: AbortSignal): Promise<Finding> {
  const { config, clock, log } = session;
  const { mqtt, device } = config;
  if (mqtt.url === undefined) {
    const own = `its own, on port ${mqtt.embeddedPort} of this machine`;
    const cause = await listening(mqtt.embeddedPort, '127.0.0.1');
    if (cause === undefined) return ok('broker', own);
    const fix = 'stop the other program, or set mqtt.url to it, or mqtt.embeddedPort';
    return fail('broker', `${own}: ${cause.message}`, fix);
  }
  const connection = new MqttBroker(
    {
      url: mqtt.url,
      protocol: mqtt.protocol,
      clientId: `limen-${device}-doctor`,
      // an empty retained message keeps nothing
      will: { topic: `${mqtt.prefix}/${device}/doctor`, payload: '' },
      tls: {
        ...(mqtt.ca !== undefined && { caFile: mqtt.ca }),
        ...(mqtt.cert !== undefined && { certFile: mqtt.cert }),
        ...(mqtt.key !== undefined && { keyFile: mqtt.key }),
      },
    },
    { clock, log },
  );
  try {
    const first = new Promise<BrokerState>((resolve, reject) => {
      connection.onState(resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await connection.start(signal);
    const state = await first;
    if (state.kind === 'connected') return ok('broker', `connected to ${connection.url}`);
    const fix = 'check `mqtt.url`, the network and the broker; meanwhile events wait on disk';
    return fail('broker', `${connection.url}: ${state.reason}`, fix);
  } finally {
    await connection.stop();
  }
}

async function mail({ session: { config } }: Patient): Promise<Finding> {
  const { url, from = `limen@${config.device}` } = config.mail;
  if (url === undefined) return ok('mail', 'not set: one-time passwords wait for the technician');
  await new SmtpMailer({ url, from }).check();
  return ok('mail', 'the server answers and takes the credentials; nothing was sent');
}
