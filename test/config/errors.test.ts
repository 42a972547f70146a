import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { formatProblem } from '../../src/config/problem.ts';

function problems(text: string): string[] {
  const result = parseConfig(text, { hostname: 'box' });
  return result.ok ? [] : result.problems.map((problem) => formatProblem('f', problem));
}

/** What is written → what the operator reads, line and column included. */
const TABLE: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  [
    'a client that is neither or both',
    'http:\n  clients:\n    - {role: viewer}\n    - {cidr: 10.0.0.1, certificate: a, role: viewer}\n',
    [
      'f:3:7: http.clients[0]: needs either `cidr` or `certificate`',
      'f:4:7: http.clients[1]: needs either `cidr` or `certificate`',
    ],
  ],
  [
    'certificates without an authority',
    'http:\n  clients: [{certificate: a, role: viewer}]\n  tls: {}\n',
    ['f:2:27: http.clients[0].certificate: needs `http.tls.ca` as well'],
  ],
  ['authority without HTTPS', 'http: {tls: {ca: a}}', ['f:1:18: http.tls.ca: needs `http.tls.cert` as well']],
  ['unknown key, near', 'acces:\n  votes: 3\n', ['f:1:1: acces: unknown key; did you mean `access`?']],
  [
    'unknown key, deeper',
    'http:\n  # a comment\n  prot: 80\n',
    ['f:3:3: http.prot: unknown key; did you mean `http.port`?'],
  ],
  [
    'unknown key in another spelling',
    'door:\n  hold_ms: 100\n',
    ['f:2:3: door.hold_ms: unknown key; did you mean `door.holdMs`?'],
  ],
  [
    'known key in the wrong place',
    'votes: 3\n',
    ['f:1:1: votes: unknown key here; did you mean `access.votes`?'],
  ],
  [
    'unknown key, nothing near',
    'log: { xylophone: 1 }\n',
    ['f:1:8: log.xylophone: unknown key; `log` takes level'],
  ],
  ['out of range', 'http:\n  port: 70000\n', ['f:2:9: http.port: `70000` is not within 0 … 65535']],
  ['range with unit', 'door: {holdMs: 5}', ['f:1:16: door.holdMs: `5` is not within 100 … 60000 ms']],
  ['not a whole number', 'access:\n  votes: 2.5\n', ['f:2:10: access.votes: `2.5` is not a whole number']],
  ['not a number', 'access:\n  margin: wide\n', ['f:2:11: access.margin: `wide` is not a number']],
  [
    'infinity',
    'access:\n  deadlineMs: .inf\n',
    ['f:2:15: access.deadlineMs: `Infinity` is not a whole number'],
  ],
  ['not a number at all', 'access: {margin: .nan}', ['f:1:18: access.margin: `NaN` is not a number']],
  [
    'none of the words',
    'inference:\n  provider: cuda12\n',
    [
      'f:2:13: inference.provider: `cuda12` is none of auto, cpu, webgpu, cuda, tensorrt; did you mean `cuda`?',
    ],
  ],
  [
    'boolean for a word',
    'access: {liveness: false}',
    ['f:1:20: access.liveness: `false` is none of auto, off'],
  ],
  [
    'word for a boolean',
    'http: {plaintext: yes}',
    ['f:1:19: http.plaintext: `yes` is not `true` or `false`'],
  ],
  ['scalar for a section', 'http: 5000\n', ['f:1:7: http: `5000` is not a section with keys of its own']],
  ['section for a scalar', 'device: {a: 1}\n', ['f:1:9: device: `{"a":1}` is not text']],
  ['list for a section', 'mqtt: [a]\n', ['f:1:7: mqtt: `["a"]` is not a section with keys of its own']],
  [
    'scalar for a list',
    'access: {galleries: staff}',
    ['f:1:21: access.galleries: `staff` is not a list (`[a, b]`)'],
  ],
  ['no value', 'device:\n', ['f:1:1: device: has no value; give one or remove the line']],
  ['no value in a list', 'doors: [~]', ['f:1:9: doors[0]: `null` is not a section with keys of its own']],
  ['missing key in a list', 'doors:\n  - camera: auto\n', ['f:2:5: doors[0].id: is missing']],
  ['empty list', 'doors: []\n', ['f:1:8: doors: needs at least 1 element']],
  ['tuple too long', 'access: {distanceM: [1, 2, 3]}', ['f:1:21: access.distanceM: has too many elements']],
  ['tuple too short', 'access: {distanceM: [1]}', ['f:1:21: access.distanceM: needs at least 2 elements']],
  [
    'tuple element',
    'access: {distanceM: [-1, 2]}',
    ['f:1:22: access.distanceM[0]: `-1` is not within 0 … 20'],
  ],
  [
    'tuple order',
    'access:\n  distanceM: [2, 0.5]\n',
    ['f:2:14: access.distanceM: the first (2 m) must be less than the second (0.5 m)'],
  ],
  [
    'votes beyond the window',
    'access:\n  votes: 9\n  window: 5\n',
    ['f:2:10: access.votes: 9 votes cannot be counted in a window of 5 frames'],
  ],
  [
    'inherited by a door',
    'access: {window: 2, votes: 2}\ndoors:\n  - id: a\n    access: {votes: 3}\n',
    ['f:4:21: doors[0].access.votes: 3 votes cannot be counted in a window of 2 frames'],
  ],
  [
    'no scheme (the value may hold a password)',
    'camera: /dev/video0\n',
    ['f:1:9: camera: the value (not shown) is not a camera URI such as `v4l2:///dev/video0` (or `auto`)'],
  ],
  [
    'relay without scheme',
    'door: {relay: "17"}\n',
    [
      "f:1:15: door.relay: `17` is not a relay URI such as `gpiod://gpiochip0/17` (or `'memory:'`, in quotes)",
    ],
  ],
  [
    'relay ending in a colon',
    'door:\n  relay: memory:\n',
    ["f:2:10: a value that ends with a colon needs quotes: 'memory:'"],
  ],
  [
    'not a broker',
    'mqtt: {url: "http://x:y@z"}',
    [
      'f:1:13: mqtt.url: the value (not shown) is not a broker URL such as `mqtts://limen:secret@broker.example:8883`',
    ],
  ],
  ['half a certificate', 'mqtt:\n  cert: a.pem\n', ['f:2:9: mqtt.cert: needs `mqtt.key` as well']],
  ['half of TLS', 'http:\n  tls:\n    key: k.pem\n', ['f:3:10: http.tls.key: needs `http.tls.cert` as well']],
  [
    'address range',
    'http:\n  clients:\n    - {cidr: 10.0.0.7/33, role: viewer}\n',
    ['f:3:14: http.clients[0].cidr: `10.0.0.7/33` is not an address range such as `10.0.0.7/32`'],
  ],
  [
    'topic level',
    'mqtt: {prefix: "a/#"}',
    ['f:1:16: mqtt.prefix: `a/#` is not a topic prefix without `+`, `#` or blanks'],
  ],
  [
    'device',
    'device: a/b',
    ['f:1:9: device: `a/b` is not a device name: letters, digits, `.`, `-` and `_`, at most 64'],
  ],
  [
    'doors and camera',
    'camera: auto\ndoors: [{id: a}]\n',
    ['f:1:9: camera: `doors` is given as well; say it there for each door'],
  ],
  [
    'one name twice',
    'doors:\n - id: a\n - id: A\n',
    ['f:3:8: doors[1].id: A is already the name of doors[0]'],
  ],
  ['key twice', 'device: a\nlog: {}\ndevice: b\n', ['f:3:1: `device` is written twice']],
  ['tab', 'http:\n\tport: 1\n', ['f:2:1: indented with a tab; YAML wants spaces']],
  ['not a mapping', '- a\n- b\n', ['f:1:1: the file must be a mapping of keys (`key: value` lines)']],
  ['one word', 'hello\n', ['f:1:1: the file must be a mapping of keys (`key: value` lines)']],
  [
    'two documents',
    'device: a\n---\ndevice: b\n',
    ['f:2:1: a second document (`---`) begins; there can be only one'],
  ],
  [
    'anchor',
    'device: &a b\n',
    ['f:1:12: device: anchors and aliases (`&`, `*`) are not used here; write the value out'],
  ],
  [
    'window of a schedule',
    'schedules: [{id: office, weekly: ["mon-fri 7-18"]}]\n',
    ['f:1:35: schedules[0].weekly[0]: `mon-fri 7-18` is not a window such as `mon-fri 07:00-18:30`'],
  ],
  [
    'schedule that is not there',
    'door: {heldOpen: ofice}\nschedules: [{id: office, weekly: [daily 07:00-18:00]}]\n',
    ['f:1:18: door.heldOpen: there is no schedule `ofice`; there are office'],
  ],
  [
    'schedule of a gallery that is not there',
    'access: {hours: [{gallery: visitors, schedule: day}]}\n',
    ['f:1:48: access.hours[0].schedule: there is no schedule `day`; there is none'],
  ],
  [
    'time zone',
    'calendar: {timeZone: Europe/Zuerich}\n',
    ['f:1:22: calendar.timeZone: `Europe/Zuerich` is no time zone; write for instance Europe/Zurich'],
  ],
  [
    'prototype',
    '__proto__: {a: 1}\nlog: {constructor: 1}\n',
    [
      'f:1:1: __proto__: unknown key; the file takes device, camera, door, access, doors, calendar, schedules, models, inference, vision, mqtt, http, accounts, mail, store, journal, log',
      'f:2:7: log.constructor: unknown key; `log` takes level',
    ],
  ],
];

for (const [what, text, expected] of TABLE) {
  test(`configuration error: ${what}`, () => assert.deepEqual(problems(text), expected));
}

test('all problems are reported at once, in the order of the file', () => {
  const text = 'log: {level: loud}\nhttp:\n  port: x\n  prot: 1\ndevise: a\nmqtt: {facesHz: 99}\n';
  assert.deepEqual(
    problems(text).map((line) => line.split(': ').slice(0, 2).join(' ')),
    ['f:1:14 log.level', 'f:3:9 http.port', 'f:4:3 http.prot', 'f:5:1 devise', 'f:6:17 mqtt.facesHz'],
  );
});

test('no problem shows what may hold a password', () => {
  const shown = problems('camera: "//user:hunter2@host"\nmqtt: {url: "mqtt://u:hunter2@"}\n').join();
  assert.match(shown, /camera/);
  assert.match(shown, /mqtt\.url/);
  assert.doesNotMatch(shown, /hunter2/);
});
