import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { deviceFromHostname } from '../../src/config/daemon.ts';
import { isLoopback, unsafeBind } from '../../src/config/http.ts';
import { configToYaml, redactUri } from '../../src/config/print.ts';

function parsed(text: string, hostname = 'box'): Config {
  const result = parseConfig(text, { hostname });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

const DEFAULTS = parsed('');

test('an empty file, a comment and a mark of byte order all mean the defaults', () => {
  for (const text of ['# nothing\n', '\uFEFF', '---\n', 'http:\n  # port: 1\ndoor:\n', '{}']) {
    assert.deepEqual(parsed(text), DEFAULTS);
  }
});

test('the defaults are those of the contract', () => {
  assert.deepEqual(DEFAULTS.doors, [
    {
      id: 'front',
      camera: 'auto',
      hfovDeg: 60,
      holdMs: 3000,
      inputs: {},
      outputs: {},
      onExit: 'unlock',
      onFire: 'unlock',
      heldOpenWarningMs: 20_000,
      heldOpenMs: 30_000,
      access: {
        votes: 3,
        window: 5,
        distanceM: [0.2, 2],
        deadlineMs: 500,
        denialRepeatMs: 10_000,
        galleries: ['default'],
        hours: [],
        persons: 1,
        secondPersonMs: 10_000,
        alone: false,
        frozenMs: 5000,
        liveness: 'auto',
        cooldownMs: 5000,
      },
    },
  ]);
  assert.equal(DEFAULTS.models.pack, 'human');
  assert.equal(DEFAULTS.http.host, '127.0.0.1');
  assert.equal(DEFAULTS.http.port, 5000);
  assert.equal(DEFAULTS.http.maxImageBytes, 10 * 1024 * 1024);
  assert.equal(DEFAULTS.mqtt.prefix, 'limen');
  assert.equal(DEFAULTS.mqtt.url, undefined);
});

test('the short form is one door called front', () => {
  const config = parsed(
    "camera: stills:///pictures\ndoor: {relay: 'memory:', holdMs: 500}\naccess: {votes: 1}\n",
  );
  assert.equal(config.doors.length, 1);
  const [door] = config.doors;
  assert.equal(door?.id, 'front');
  assert.equal(door?.camera, 'stills:///pictures');
  assert.equal(door?.relay, 'memory:');
  assert.equal(door?.holdMs, 500);
  assert.equal(door?.access.votes, 1);
});

test('a door takes from the top what it does not say itself', () => {
  const config = parsed(`
access: {votes: 2, liveness: off}
vision: {hfovDeg: 70}
doors:
  - id: front
    camera: v4l2:///dev/video0
    relay: gpiod://gpiochip0/17
  - id: 2
    camera: v4l2:///dev/video2
    hfovDeg: 90
    access: {votes: 4}
`);
  assert.deepEqual(
    config.doors.map(({ id, hfovDeg, access }) => [id, hfovDeg, access.votes, access.liveness]),
    [
      ['front', 70, 2, 'off'],
      ['2', 90, 4, 'off'],
    ],
  );
});

test('a number is taken as written where text is meant', () => {
  const config = parsed('device: 007\nmqtt: {protocol: 5}\naccess: {galleries: [2024, staff]}\n');
  assert.equal(config.device, '007');
  assert.equal(config.mqtt.protocol, '5');
  assert.deepEqual(config.doors[0]?.access.galleries, ['2024', 'staff']);
});

test('the result is frozen at every depth', () => {
  assert.ok(Object.isFrozen(DEFAULTS.doors[0]?.access.galleries));
  assert.throws(() => {
    (DEFAULTS as { device: string }).device = 'x';
  }, TypeError);
});

test('the device name comes from the host and fits one topic level', () => {
  assert.equal(parsed('', 'gate-2.example.org').device, 'gate-2');
  for (const [host, device] of [
    ['', 'limen'],
    ['...', 'limen'],
    ['a b+c#', 'a-b-c'],
    ['é', 'limen'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ] as const) {
    assert.equal(deviceFromHostname(host), device);
    assert.equal(parsed(`device: ${device}`).device, device);
  }
});

test('a printed configuration hides passwords and reads back', () => {
  const config = parsed(
    'camera: rtsp://u:hunter2@10.0.0.9/live?password=hunter2&x=1\nmqtt: {url: "mqtts://limen:hunter2@b:8883"}\n',
  );
  const text = configToYaml(config);
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /mqtts:\/\/limen:\*\*\*@b:8883/);
  assert.match(text, /rtsp:\/\/u:\*\*\*@10\.0\.0\.9\/live\?password=\*\*\*&x=1/);
  assert.deepEqual(parsed(configToYaml(DEFAULTS)), DEFAULTS);
});

test('a URI that cannot be read is hidden whole', () => {
  assert.equal(redactUri('rtsp://u:pa/ss@host'), '***');
  assert.equal(redactUri('rtsp://u:p@ss@host/1'), 'rtsp://u:***@host/1');
  assert.equal(redactUri('auto'), 'auto');
  assert.equal(redactUri('v4l2:///dev/video0?width=640'), 'v4l2:///dev/video0?width=640');
});

test('what listens beyond this machine needs callers and TLS', () => {
  const http = (text: string) => parsed(`http: ${text}`).http;
  const clients = 'clients: [{cidr: 10.0.0.0/8, role: viewer}]';
  const tls = 'tls: {cert: c, key: k}';
  assert.equal(unsafeBind(http('{}'), false), undefined);
  assert.equal(unsafeBind(http('{host: "::1"}'), false), undefined);
  assert.match(unsafeBind(http('{host: 0.0.0.0, plaintext: true}'), false) ?? '', /neither a token nor/);
  assert.match(unsafeBind(http(`{host: 0.0.0.0, ${tls}}`), false) ?? '', /neither a token nor/);
  assert.match(unsafeBind(http(`{host: 0.0.0.0, ${clients}}`), false) ?? '', /neither `http\.tls`/);
  assert.match(unsafeBind(http('{host: 0.0.0.0}'), true) ?? '', /neither `http\.tls`/);
  assert.equal(unsafeBind(http('{host: 0.0.0.0, plaintext: true}'), true), undefined);
  assert.equal(unsafeBind(http(`{host: "::", ${clients}, ${tls}}`), false), undefined);
});

test('loopback is known in each of its spellings, and nothing else is taken for it', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', '::ffff:127.0.0.1']) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ['0.0.0.0', '::', '128.0.0.1', 'localhost.example', '127.0.0.1.example', '']) {
    assert.equal(isLoopback(host), false, host);
  }
});
