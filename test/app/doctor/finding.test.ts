import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFindings } from '../../../src/api/cli/findings.ts';
import { examine, fail, ok, warn } from '../../../src/app/doctor/finding.ts';
import { LimenError } from '../../../src/core/errors.ts';

const never = new AbortController().signal;

test('a look gives one finding or several; what it throws is one with the advice of its code', async () => {
  const one = ok('disk', '3 GB');
  assert.deepEqual(await examine({ name: 'disk', look: async () => one }, never), [one]);
  assert.deepEqual(await examine({ name: 'x', look: async () => [one, one] }, never), [one, one]);
  const broken = async () => {
    throw new LimenError('camera_unavailable', 'no /dev/video0');
  };
  const [found] = await examine({ name: 'camera', look: broken }, never);
  assert.equal(found?.status, 'fail');
  assert.equal(found?.detail, 'no /dev/video0');
  assert.match(found?.fix ?? '', /group `video`/);
});

test('a look that does not end is a failure, and is told to end', async () => {
  let told = false;
  const look = (signal: AbortSignal) =>
    new Promise<never>(() => {
      signal.addEventListener('abort', () => {
        told = true;
      });
    });
  const [found] = await examine({ name: 'broker', look, limitMs: 1 }, never);
  assert.deepEqual([found?.check, found?.status, told], ['broker', 'fail', true]);
  assert.match(found?.detail ?? '', /no answer within/);
});

test('an abort from outside ends the examination', async () => {
  const control = new AbortController();
  const look = async (signal: AbortSignal) => {
    control.abort();
    signal.throwIfAborted();
    return ok('x', 'y');
  };
  await assert.rejects(examine({ name: 'x', look }, control.signal), { name: 'AbortError' });
});

test('one line each and below it what to do; coloured for people only, and nothing for a terminal to obey', () => {
  const findings = [
    ok('disk', 'fine'),
    warn('clock', 'drifts', 'ntp'),
    fail('camera', 'a\u001b[2J', 'plug it in'),
  ];
  assert.equal(
    formatFindings(findings, { isTerminal: false }),
    [
      'ok    disk              fine',
      'warn  clock             drifts',
      '                        → ntp',
      'fail  camera            a\uFFFD[2J',
      '                        → plug it in',
      '',
    ].join('\n'),
  );
  assert.ok(formatFindings(findings, { isTerminal: true }).startsWith('\u001b[32mok  \u001b[0m  disk'));
});
