import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Parsed, parse } from '../../../src/api/cli/parse.ts';
import { LimenError } from '../../../src/core/errors.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const C = { json: false };

const UNDERSTOOD: readonly (readonly [line: string, verb: string, args: object])[] = [
  ['run', 'run', C],
  ['--json run', 'run', { json: true }],
  [
    'run --config a.yaml --state=/s --pack p',
    'run',
    { json: false, config: 'a.yaml', state: '/s', pack: 'p' },
  ],
  ['demo --json', 'demo', { json: true }],
  ['watch', 'watch', { ...C, once: false, realtime: true, stats: false }],
  [
    'watch --source file:///a.mp4 --once --realtime=false --stats --json',
    'watch',
    { json: true, source: 'file:///a.mp4', once: true, realtime: false, stats: true },
  ],
  ['watch --realtime', 'watch', { ...C, once: false, realtime: true, stats: false }],
  ['watch --once=true', 'watch', { ...C, once: true, realtime: true, stats: false }],
  [
    'enroll default/clm a.jpg b.jpg',
    'enroll',
    { ...C, person: { gallery: 'default', id: 'clm' }, images: ['a.jpg', 'b.jpg'], force: false },
  ],
  [
    'enroll --name=Anna staff/a/1 a.jpg --force',
    'enroll',
    { ...C, person: { gallery: 'staff', id: 'a/1' }, images: ['a.jpg'], name: 'Anna', force: true },
  ],
  [
    'enroll g/i -- -x.jpg',
    'enroll',
    { ...C, person: { gallery: 'g', id: 'i' }, images: ['-x.jpg'], force: false },
  ],
  ['identify a.jpg', 'identify', { ...C, images: ['a.jpg'] }],
  ['people', 'people', C],
  ['people staff', 'people', { ...C, gallery: 'staff' }],
  ['remove default/clm', 'remove', { ...C, person: { gallery: 'default', id: 'clm' } }],
  ['models list', 'modelsList', C],
  ['models compile human', 'modelsCompile', { ...C, pack: 'human' }],
  ['models pull recommended', 'modelsPull', { ...C, pack: 'recommended' }],
  ['models pull --pack recommended --from /usb', 'modelsPull', { ...C, pack: 'recommended', from: '/usb' }],
  ['models verify', 'modelsVerify', C],
  ['mode', 'mode', C],
  ['mode front normal', 'mode', { ...C, set: { door: 'front', mode: 'normal' } }],
  ['mode --for 2h front lockdown', 'mode', { ...C, set: { door: 'front', mode: 'lockdown', forS: 7_200 } }],
  [
    'mode front held_open --for 31d',
    'mode',
    { ...C, set: { door: 'front', mode: 'held_open', forS: 2_678_400 } },
  ],
  ['relay off', 'relayOff', { ...C, uris: [] }],
  ['relay off gpiod://gpiochip0/17', 'relayOff', { ...C, uris: ['gpiod://gpiochip0/17'] }],
  ['config check', 'configCheck', C],
  ['config print', 'configPrint', C],
  ['config schema', 'configSchema', C],
  ['run --debug', 'run', C],
];

for (const [line, verb, args] of UNDERSTOOD) {
  test(`limen ${line}`, () => {
    assert.deepEqual(parse(words(line)), { kind: 'invocation', invocation: { verb, args } });
  });
}

const HELP: readonly (readonly [line: string, expected: Parsed])[] = [
  ['--help', { kind: 'help', of: [] }],
  ['-h', { kind: 'help', of: [] }],
  ['help', { kind: 'help', of: [] }],
  ['help nonsense', { kind: 'help', of: [] }],
  ['watch --help', { kind: 'help', of: ['watch'] }],
  ['enroll -h --no-such', { kind: 'help', of: ['enroll'] }],
  ['help models', { kind: 'help', of: ['models'] }],
  ['help models pull', { kind: 'help', of: ['models', 'pull'] }],
  ['models pull x --help', { kind: 'help', of: ['models', 'pull'] }],
  ['--version', { kind: 'version' }],
];

for (const [line, expected] of HELP) {
  test(`limen ${line}`, () => assert.deepEqual(parse(words(line)), expected));
}

const REFUSED: readonly (readonly [line: string, message: string])[] = [
  ['', 'which verb? For instance `limen demo`'],
  ['--json', 'which verb? For instance `limen demo`'],
  ['wach', 'there is no verb `wach`; did you mean `limen watch`?'],
  ['enrol a/b c', 'there is no verb `enrol`; did you mean `limen enroll`?'],
  ['xyzzy', 'there is no verb `xyzzy`'],
  ['__proto__', 'there is no verb `__proto__`'],
  ['models', '`limen models` needs one of list, compile, pull, verify'],
  [
    'models pul x',
    'there is no `limen models pul`; it takes one of list, compile, pull, verify; did you mean `limen models pull`?',
  ],
  ['watch --sorce x', '`limen watch` has no option `--sorce`; did you mean `--source`?'],
  ['run --stats', '`limen run` has no option `--stats`; did you mean `--state`?'],
  ['run --constructor', '`limen run` has no option `--constructor`'],
  ['run -j', '`limen run` has no option `-j`'],
  ['run --state', '`--state` needs a value: --state DIR'],
  ['run --state --json', '`--state` needs a value: --state DIR'],
  ['run --state=', '`--state` needs a value: --state DIR'],
  ['run --json=maybe', '`--json=maybe`: write --json=true or --json=false'],
  ['run --state a --state b', '`--state` is given twice'],
  ['run fast', '`limen run`: `fast` is one word too many'],
  ['enroll default/a', '`limen enroll` needs GALLERY/ID IMAGE…, or --camera DOOR instead of pictures'],
  ['enroll anna a.jpg', '`anna` is not GALLERY/ID, for instance default/anna'],
  ['enroll /anna a.jpg', '`/anna` is not GALLERY/ID: gallery is empty'],
  ['remove default/', '`default/` is not GALLERY/ID: id is empty'],
  ['identify', '`limen identify` needs IMAGE…'],
  ['mode front', 'front into which mode? one of normal, held_open, lockdown, schedule'],
  ['mode front open', 'there is no mode open: one of normal, held_open, lockdown, schedule'],
  ['mode front lockdown --for 2', '--for 2 is not a time such as 90s, 30m, 2h or 1d, of at most 31d'],
  ['mode front lockdown --for 0s', '--for 0s is not a time such as 90s, 30m, 2h or 1d, of at most 31d'],
  ['mode front lockdown --for 32d', '--for 32d is not a time such as 90s, 30m, 2h or 1d, of at most 31d'],
  ['mode front schedule --for 2h', '`schedule` takes no --for: it is what every mode falls back to'],
  ['mode --for 2h', '`--for` needs a door and a mode'],
];

for (const [line, message] of REFUSED) {
  test(`refused: limen ${line}`, () => {
    assert.throws(
      () => parse(words(line)),
      (cause) => cause instanceof LimenError && cause.code === 'usage' && cause.message === message,
      message,
    );
  });
}
