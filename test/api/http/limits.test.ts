import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  countedAddress,
  type LimitsDocument,
  parseLimits,
  RequestLimits,
} from '../../../src/api/http/limits.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { form, serve } from './serving.ts';

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

/** Limits over a real file; `reopen` is what the next start finds. */
async function house(requestsPerMinute = 10) {
  const path = join(scratch(), 'limits.json');
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const open = async (at = clock) => {
    const document = new DocumentFile<LimitsDocument>({
      path,
      log: silentLog,
      name: 'limits',
      schema: 1,
      initial: { callers: {} },
      parse: parseLimits,
      whenUnreadable: 'replace',
    });
    await document.start();
    const limits = new RequestLimits({ document, requestsPerMinute, clock: at, log: silentLog });
    await limits.start(signal);
    return { limits, document };
  };
  return { ...(await open()), clock, reopen: open };
}

/** How many of `times` requests pass. */
function passing(limits: RequestLimits, caller: string, times: number): number {
  return Array.from({ length: times }, () => limits.take(caller)).filter((wait) => wait === undefined).length;
}

test('each caller has an allowance of its own, for a minute from its first request', async () => {
  const { limits, clock } = await house();
  assert.equal(passing(limits, 'a', 3), 3);
  clock.advance(20_000);
  assert.equal(passing(limits, 'a', 20), 7);
  assert.equal(limits.take('a'), 40_000);
  assert.equal(passing(limits, 'b', 20), 10);
  clock.advance(39_999);
  assert.equal(limits.take('a'), 1);
  clock.advance(1);
  assert.equal(passing(limits, 'a', 20), 10);
});

test('a restart does not begin the minute anew', async () => {
  const { limits, clock, reopen } = await house();
  assert.equal(passing(limits, 'a', 4), 4);
  clock.advance(10_000);
  await limits.stop();
  const { limits: next } = await reopen();
  assert.equal(passing(next, 'a', 20), 6);
  assert.equal(next.take('a'), 50_000);
  await next.stop();
  clock.advance(50_000);
  assert.equal(passing((await reopen()).limits, 'a', 20), 10);
});

test('after a crash what was used five seconds earlier is still used', async () => {
  const { limits, clock, reopen, document } = await house();
  assert.equal(passing(limits, 'a', 8), 8);
  clock.advance(5_000);
  await document.stop(); // waits for the write that the timer began
  assert.equal(passing((await reopen()).limits, 'a', 20), 2);
});

test('a caller who polls within a tenth of the allowance writes nothing', async () => {
  const { limits, clock, document } = await house(300);
  const before = document.value;
  for (let i = 0; i < 120; i++) {
    limits.take('terminal');
    clock.advance(5_000);
  }
  await document.stop();
  assert.equal(document.value, before);
});

test('a wall clock that was set back makes nobody wait for longer than a minute', async () => {
  const { limits, reopen } = await house();
  assert.equal(passing(limits, 'a', 20), 10);
  await limits.stop();
  const { limits: next } = await reopen(new ManualClock({ epoch: new Date('2020-01-01T00:00:00Z') }));
  assert.equal(next.take('a'), MINUTE_MS);
});

test('the number of callers is bounded; those who asked most are remembered', async () => {
  const { limits, document } = await house();
  passing(limits, 'heavy', 10);
  for (let i = 0; i < 5_000; i++) limits.take(`10.0.${i >> 8}.${i & 255}`);
  assert.notEqual(limits.take('heavy'), undefined);
  await limits.stop();
  assert.equal(Object.keys(document.value.callers).length, 1_024);
});

test('an IPv6 caller is counted by its network, an IPv4 caller by its address', () => {
  assert.equal(countedAddress('10.0.0.7'), '10.0.0.7');
  assert.equal(countedAddress('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(countedAddress('2001:0DB8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(countedAddress('2001:db8::9'), '2001:db8:0:0::/64');
  assert.equal(countedAddress('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(countedAddress('::1'), '0:0:0:0::/64');
});

async function serveLimited(t: TestContext, requestsPerMinute: number) {
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const document = new MemoryDocument<LimitsDocument>({ callers: {} });
  const limits = new RequestLimits({ document, requestsPerMinute, clock, log: silentLog });
  return { ...(await serve(t, { limits })), clock };
}

test('beyond the allowance every dialect refuses in its own shape, and says when to come back', async (t) => {
  const { url } = await serveLimited(t, 1);
  assert.equal((await fetch(`${url}/v1/people`)).status, 200);
  const shapes: [string, string, string[]][] = [
    ['POST', '/api/verify', ['message', 'status']],
    ['POST', '/verify/', ['error', 'verified']],
    ['DELETE', '/register/', ['error']],
    ['POST', '/api/enroll', ['DecisionReason', 'EnrollStatus', 'trained']],
    ['POST', '/api/reset', ['code', 'msg']],
    ['POST', '/login', ['message', 'result', 'type']],
    ['POST', '/v1/verify', ['advice', 'code', 'detail', 'requestId', 'status', 'title', 'type']],
    ['GET', '/nowhere', ['advice', 'code', 'detail', 'requestId', 'status', 'title', 'type']],
  ];
  for (const [method, path, members] of shapes) {
    const body = method === 'POST' ? form(['username', 'anna']) : null;
    const response = await fetch(url + path, { method, body });
    assert.equal(response.status, 429, path);
    assert.equal(response.headers.get('retry-after'), '60', path);
    assert.deepEqual(Object.keys((await response.json()) as object).sort(), members, path);
  }
});

test('a token is counted by itself, refused calls count as well, probes do not', async (t) => {
  const { url, access, clock } = await serveLimited(t, 3);
  const made = await access.tokens.create({ name: 'a', role: 'viewer', actor: 'test' });
  assert.equal(made.kind, 'created');
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(url + path, { headers })).status;
  for (let i = 0; i < 10; i++) assert.equal(await get('/v1/health'), 200);
  assert.equal(await get('/nowhere'), 404);
  assert.equal(await get('/v1/people', { authorization: 'Bearer wrong' }), 401);
  assert.equal(await get('/v1/tokens'), 401);
  assert.equal(await get('/v1/people'), 429);
  assert.equal(await get('/v1/ready'), 200);
  const bearer = { authorization: `Bearer ${made.secret}` };
  for (let i = 0; i < 3; i++) assert.equal(await get('/v1/people', bearer), 200);
  assert.equal(await get('/v1/people', bearer), 429);
  clock.advance(MINUTE_MS);
  assert.equal(await get('/v1/people'), 200);
});
