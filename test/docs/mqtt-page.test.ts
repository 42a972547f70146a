import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { lastWill } from '../../src/api/mqtt/state.ts';
import { Topics } from '../../src/api/mqtt/topics.ts';
import { MqttBroker } from '../../src/drivers/broker/mqtt-broker.ts';
import { ManualClock, SystemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { makeDesk } from '../api/mqtt/requests/request-desk.ts';
import { withoutOpenssl } from '../drivers/broker/certificates.ts';
import { startMosquitto, withoutMosquitto } from '../drivers/broker/mosquitto.ts';
import { connected } from '../drivers/broker/observer.ts';
import { picture } from '../fixtures/coloured-faces.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/mqtt.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
const USERS = ['limen', 'homeassistant', 'technician', 'integrator'];
const withoutClients = existsSync('/usr/bin/mosquitto_pub')
  ? false
  : 'needs mosquitto_pub (apt-get install mosquitto-clients)';

function block(beginning: string): string {
  const found = BLOCKS.find((text) => text.startsWith(beginning));
  assert.ok(found, `docs/mqtt.md has no block that begins with ${beginning}`);
  return found;
}

/** The page's broker, with the page's certificates, users and access rules, in a directory of its own. */
async function pagesBroker(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'limen-page-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const here = { cwd: directory, stdio: 'pipe' } as const;
  const certificates = block('openssl req').replace('DNS:broker.example', 'IP:127.0.0.1');
  execFileSync('bash', ['-ec', certificates], here);
  assert.ok(block('touch /etc/mosquitto/passwd').includes(`for user in ${USERS.join(' ')};`));
  writeFileSync(join(directory, 'passwd'), '', { mode: 0o600 });
  for (const user of USERS) execFileSync('mosquitto_passwd', ['-b', 'passwd', user, 'secret'], here);
  writeFileSync(join(directory, 'acl'), block('# /etc/mosquitto/acl'), { mode: 0o600 });
  const lines = block('# /etc/mosquitto/conf.d').replaceAll('/etc/mosquitto/', `${directory}/`).split('\n');
  const mosquitto = await startMosquitto(lines.filter((line) => !/^(#|listener|$)/.test(line)));
  t.after(() => mosquitto.close());
  return { directory, port: mosquitto.port };
}

/** The commands of "By hand": what stands above the first empty line belongs to each. */
function byHand(token: string, port: number) {
  const [preamble = '', listen = '', ...commands] = block('TOKEN=limen_')
    .replace('limen_…', token)
    .replace('-h broker.example -p 8883', `-h 127.0.0.1 -p ${port}`)
    .split('\n\n');
  assert.match(listen, /^mosquitto_sub .*&$/);
  // the clock of the test stands still
  const clock = `date() { [ "$*" = "-u -d +20 seconds +%Y-%m-%dT%H:%M:%SZ" ] && echo 2030-01-01T00:00:20Z; }`;
  return { setUp: `${preamble}\n${clock}`, listen: listen.replace('&', ''), commands };
}

test('docs/mqtt.md, line by line: certificates, users, access rules and every command by hand', {
  skip: withoutMosquitto || withoutClients || withoutOpenssl(),
}, async (t) => {
  const { directory, port } = await pagesBroker(t);
  const broker = new MqttBroker(
    {
      url: `mqtts://limen:secret@127.0.0.1:${port}`,
      protocol: 'auto',
      clientId: 'limen-entrance',
      will: lastWill(new Topics({ prefix: 'limen', device: 'entrance' })),
      tls: { caFile: join(directory, 'ca.pem') },
      // nothing here goes by the clock of a machine that may be busy
      connectTimeoutMs: 120_000,
      ackTimeoutMs: 120_000,
      keepaliveS: 600,
    },
    { clock: new SystemClock(), log: silentLog },
  );
  t.after(() => broker.stop());
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z'), synced: true });
  const verbs = ['unlock', 'mode', 'enroll', 'remove'] as const;
  assert.ok(PAGE.includes(`Needs \`mqtt.verbs: [${verbs.join(', ')}]\``));
  const topics = new Topics({ prefix: 'limen', device: 'entrance' });
  const { desk, services } = await makeDesk(broker, { clock, verbs, trustBroker: false, topics });
  t.after(() => desk.stop());
  await broker.start(new AbortController().signal);
  await connected(broker);
  const made = await services.access.tokens.create({ name: 'desk', role: 'technician', actor: 'test' });
  assert.ok(made.kind === 'created');
  writeFileSync(join(directory, 'ada.jpg'), await picture({ person: 1 }));

  const { setUp, listen, commands } = byHand(made.secret, port);
  const subscriber = spawn('bash', ['-c', `${setUp}\nexec stdbuf -oL ${listen} -d`], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(subscriber, 'close');
  t.after(async () => {
    subscriber.kill();
    await gone;
  });
  const heard: string[] = [];
  let look = () => {};
  createInterface({ input: subscriber.stdout }).on('line', (line) => {
    heard.push(line);
    look();
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      look = () => {
        const found = heard.find((each) => pattern.test(each));
        if (found !== undefined) resolve(found);
      };
      look();
    });
  await line(/^Subscribed/);
  const shape = (text: string) =>
    text.replace(/"until":"[^"]*"/, '"until":"…"').replace(/"margin":[\d.]+/, '"margin":…');
  const promised = block('limen/entrance/front/response/').trim().split('\n').map(shape);
  const answered: string[] = [];
  for (const [n, command] of commands.entries()) {
    const { status, stderr } = spawnSync('bash', ['-ec', `${setUp}\n${command}`], {
      cwd: directory,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, ''], command);
    const answer = await line(new RegExp(`^limen/.*"transaction":"${n}"}$`));
    assert.match(answer, /"status":"ok"/);
    answered.push(shape(answer));
  }
  assert.equal(answered.length, 6);
  for (const each of promised)
    assert.ok(answered.includes(each), `${each}\nis none of\n${answered.join('\n')}`);

  // the integrator may ask who somebody is, and nothing else
  const [, unlock = ''] = commands;
  const asIntegrator = setUp.replace('-u technician', '-u integrator');
  const refused = spawnSync('bash', ['-ec', `${asIntegrator}\n${unlock}`], {
    cwd: directory,
    encoding: 'utf8',
  });
  assert.match(refused.stderr, /Not authorized/);
});
