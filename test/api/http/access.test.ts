import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Role } from '../../../src/core/role.ts';
import { MemoryRelay } from '../../../src/drivers/relay/memory.ts';
import { LOCK_OUT_MS, MAX_WRONG_TOKENS } from '../../../src/services/tokens/failed-tokens.ts';
import { RECENT_MS } from '../../../src/services/tokens/tokens.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { type ServingOptions, serve } from './serving.ts';

type Json = Record<string, unknown>;

async function house(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const { access, url } = serving;
  const token = async (role: Role, name: string = role): Promise<string> => {
    const made = await access.tokens.create({ name, role, actor: 'test' });
    assert.equal(made.kind, 'created');
    return made.secret;
  };
  const call = async (method: string, path: string, secret?: string, json?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
        ...(json && { 'content-type': 'application/json' }),
      },
      ...(json && { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const body = (text === '' ? undefined : JSON.parse(text)) as Json;
    return { status: response.status, headers: response.headers, body };
  };
  return { ...serving, token, call };
}

test('a token makes, lists and revokes others; the secret comes once', async (t) => {
  const { token, call, journal } = await house(t);
  const mine = await token('technician', 'desk');
  assert.equal((await call('GET', '/v1/tokens')).status, 401, 'not even loopback without one');
  const made = await call('POST', '/v1/tokens', mine, { name: 'panel', role: 'terminal' });
  assert.equal(made.status, 201);
  const { token: secret, ...shown } = made.body;
  assert.match(String(secret), /^limen_/);
  assert.deepEqual(Object.keys(shown).sort(), ['createdAt', 'id', 'name', 'role']);
  assert.equal((await call('POST', '/v1/tokens', mine, { name: 'panel', role: 'viewer' })).status, 409);
  assert.equal((await call('POST', '/v1/tokens', mine, { name: 'x', role: 'king' })).status, 400);
  assert.equal((await call('POST', '/v1/tokens', mine, { name: '\n', role: 'viewer' })).status, 400);
  const list = await call('GET', '/v1/tokens', mine);
  assert.deepEqual(
    (list.body.tokens as Json[]).map(({ name }) => name),
    ['desk', 'panel'],
  );
  assert.ok(!JSON.stringify(list.body).includes(String(secret)));
  assert.equal((await call('GET', '/v1/people', String(secret))).status, 200);
  assert.equal((await call('GET', '/v1/tokens', String(secret))).status, 403);
  assert.equal((await call('DELETE', `/v1/tokens/${shown.id}`, mine)).status, 204);
  assert.equal((await call('DELETE', `/v1/tokens/${shown.id}`, mine)).status, 404);
  assert.equal((await call('GET', '/v1/people', String(secret))).status, 401, 'revoked at once');
  assert.deepEqual(
    journal.events.filter(({ type }) => type === 'token.changed').map(({ actor, reason }) => [actor, reason]),
    [
      ['test', 'token_created'],
      ['token:desk@127.0.0.1', 'token_created'],
      ['token:desk@127.0.0.1', 'token_revoked'],
    ],
  );
});

test('unlocking pulses the relay and says who asked; locking ends the pulse', async (t) => {
  const { token, call, journal, relay } = await house(t);
  assert.ok(relay instanceof MemoryRelay);
  const mine = await token('technician', 'desk');
  assert.equal((await call('POST', '/v1/doors/front/unlock')).status, 401);
  assert.equal((await call('POST', '/v1/doors/front/unlock', await token('terminal'))).status, 403);
  assert.deepEqual(relay.intervals, [], 'neither has moved anything');
  assert.deepEqual((await call('GET', '/v1/doors')).body, {
    doors: [{ id: 'front', door: 'locked', relay: 'off', holdMs: 3000, mode: 'normal' }],
  });
  const unlocked = await call('POST', '/v1/doors/front/unlock', mine);
  assert.deepEqual([unlocked.status, unlocked.body], [200, { door: 'front', relay: 'pulsed', holdMs: 3000 }]);
  assert.equal(relay.energised, true);
  assert.deepEqual((await call('GET', '/v1/doors/front/')).body, {
    id: 'front',
    door: 'unlocked',
    relay: 'on',
    holdMs: 3000,
    mode: 'normal',
  });
  assert.equal((await call('POST', '/v1/doors/front/unlock/', mine)).body.relay, 'extended');
  const locked = await call('POST', '/v1/doors/front/lock', mine);
  assert.deepEqual([locked.status, locked.body], [200, { door: 'front', locked: true }]);
  assert.equal(relay.energised, false);
  const told = journal.events.filter(({ type }) => type.startsWith('door.'));
  assert.deepEqual(
    told.map(({ type, actor }) => [type, actor]),
    [
      ['door.unlocked', 'token:desk@127.0.0.1'],
      ['door.unlocked', 'token:desk@127.0.0.1'],
      ['door.locked', 'token:desk@127.0.0.1'],
    ],
  );
  assert.equal((await call('POST', '/v1/doors/back/unlock', mine)).status, 404);
  assert.equal((await call('GET', '/v1/doors/back')).status, 404);
});

test('a pulse that was asked for ends by itself', async (t) => {
  const { token, call, relay, clock } = await house(t);
  await call('POST', '/v1/doors/front/unlock', await token('technician'));
  clock.advance(3_000);
  assert.deepEqual((relay as MemoryRelay).intervals, [{ onMs: 0, offMs: 3_000 }]);
});

test('a lockdown refuses every unlock until its end; held open is until its end too', async (t) => {
  const { token, call, relay, journal } = await house(t);
  const mine = await token('technician', 'desk');
  const mode = (wanted: string, by: string | undefined = mine) =>
    call('POST', '/v1/doors/front/mode', by, { mode: wanted });
  assert.equal((await mode('lockdown', await token('terminal'))).status, 403);
  assert.deepEqual((await mode('lockdown')).body, { door: 'front', mode: 'lockdown' });
  assert.equal((await call('POST', '/v1/doors/front/unlock', mine)).status, 409);
  assert.equal((await call('GET', '/v1/doors/front')).body.door, 'lockdown');
  assert.deepEqual((relay as MemoryRelay).intervals, []);
  assert.deepEqual((await mode('held_open')).body, { door: 'front', mode: 'held_open' });
  assert.equal((relay as MemoryRelay).energised, true);
  assert.deepEqual((await mode('schedule')).body, { door: 'front', mode: 'normal' });
  assert.equal((relay as MemoryRelay).energised, false);
  assert.equal((await mode('open')).status, 400);
  const endless = { mode: 'schedule', forS: 60 };
  assert.equal((await call('POST', '/v1/doors/front/mode', mine, endless)).status, 400);
  const short = await call('POST', '/v1/doors/front/mode', mine, { mode: 'lockdown', forS: 60 });
  assert.equal((await call('GET', '/v1/doors/front')).body.modeUntil, short.body.until);
  assert.equal((await call('POST', '/v1/doors/back/mode', mine, { mode: 'normal' })).status, 404);
  const actors = journal.events.filter(({ type }) => type.startsWith('door.')).map(({ actor }) => actor);
  assert.deepEqual(new Set(actors), new Set(['token:desk@127.0.0.1']));
});

test('where no door is connected nothing moves, and the journal says who asked', async (t) => {
  const { token, call, journal } = await house(t, { relay: 'none' });
  const mine = await token('technician', 'desk');
  const { status, body } = await call('POST', '/v1/doors/front/unlock', mine);
  assert.deepEqual([status, body.code], [409, 'no_door']);
  assert.match(String(body.detail), /NO DOOR CONNECTED/);
  const { type, reason, relay, actor } = journal.events.at(-1) ?? {};
  assert.deepEqual(
    { type, reason, relay, actor },
    { type: 'access.denied', reason: 'relay_fault', relay: 'none', actor: 'token:desk@127.0.0.1' },
  );
  assert.equal((await call('POST', '/v1/doors/front/lock', mine)).status, 409);
});

test('a relay that does not obey, and a door in lockdown, are refusals that say so', async (t) => {
  const broken = new MemoryRelay('memory:', (await serve(t)).clock);
  const { token, call, journal, door } = await house(t, { relay: broken });
  const mine = await token('technician');
  door.setMode('lockdown', 'lockdown', 'test');
  const held = await call('POST', '/v1/doors/front/unlock', mine);
  assert.deepEqual([held.status, held.body.code], [409, 'door_in_lockdown']);
  assert.match(String(held.body.detail), /lockdown/);
  assert.equal(journal.events.at(-1)?.reason, 'lockdown');
  assert.deepEqual(broken.intervals, []);
  door.setMode('normal', 'test', 'test');
  await broken.close(); // from now on it throws
  const fault = await call('POST', '/v1/doors/front/unlock', mine);
  assert.deepEqual([fault.status, fault.body.code], [503, 'relay_fault']);
});

test('a reset by token wants one that was issued or entered again within five minutes', async (t) => {
  const { token, call, clock, store } = await house(t);
  const person = { gallery: 'default', id: 'a', createdAt: '', enabled: true, faces: [] };
  const mine = await token('technician');
  const fresh = await call('POST', '/api/reset', mine);
  assert.deepEqual([fresh.status, fresh.body], [200, { code: 200, msg: 'DONE' }]);
  clock.advance(RECENT_MS);
  await store.put(person);
  const stale = await call('POST', '/api/reset/', mine);
  assert.equal(stale.status, 403);
  assert.deepEqual(Object.keys(stale.body), ['code', 'msg'], "in the document's own shape");
  assert.match(String(stale.body.msg), /^ERROR_DETECTED : token "technician" was issued at .*reenter/);
  assert.equal((await store.list()).length, 1);
  const other = await token('viewer');
  assert.equal((await call('POST', '/v1/tokens/self/reenter', mine, { token: other })).status, 403);
  assert.equal((await call('POST', '/v1/tokens/self/reenter', mine, { token: 'limen_x' })).status, 403);
  assert.equal((await call('POST', '/v1/tokens/self/reenter', undefined, { token: mine })).status, 401);
  assert.equal((await call('POST', '/api/reset', mine)).status, 403);
  const again = await call('POST', '/v1/tokens/self/reenter', mine, { token: mine });
  assert.deepEqual([again.status, again.body], [200, { recentForS: 300 }]);
  assert.equal((await call('POST', '/api/reset', mine)).status, 200);
  assert.deepEqual(await store.list(), []);
  clock.advance(RECENT_MS);
  assert.equal((await call('POST', '/api/reset', mine)).status, 403);
  assert.equal(
    (await call('POST', '/api/reset')).status,
    200,
    'a listed address resets as the document says',
  );
});

test('what is presented in vain does not fall back on the address, and never reaches the log or journal', async (t) => {
  const { call, journal, url, health } = await house(t);
  health.report('camera', 'degraded', 'secret detail');
  const { status, body, headers } = await call('GET', '/v1/people', 'limen_canary');
  assert.deepEqual([status, body.code], [401, 'unauthorised']);
  assert.equal(headers.get('www-authenticate'), 'Bearer');
  assert.ok(!JSON.stringify([body, journal.events]).includes('canary'));
  const open = await call('GET', '/v1/health', 'limen_canary');
  assert.equal(open.status, 200);
  assert.doesNotMatch(JSON.stringify(open.body), /secret detail/, 'nor does health tell its details');
  const verify = await fetch(`${url}/verify`, { method: 'POST', headers: { 'x-api-key': 'limen_canary' } });
  assert.equal(verify.status, 401);
  assert.deepEqual(Object.keys((await verify.json()) as Json).sort(), ['error', 'verified']);
});

test('an address that tries many tokens is locked out: right ones are not looked at, calls without one go on', async (t) => {
  const { token, call, clock } = await house(t);
  const mine = await token('technician');
  for (let i = 0; i < MAX_WRONG_TOKENS; i++) {
    assert.equal((await call('GET', '/v1/people', `limen_${i}`)).status, 401);
  }
  const locked = await call('GET', '/v1/people', mine);
  assert.deepEqual([locked.status, locked.body.code], [429, 'too_many_requests']);
  assert.equal(locked.headers.get('retry-after'), String(LOCK_OUT_MS / 1000));
  assert.equal((await call('GET', '/v1/people')).status, 200);
  clock.advance(LOCK_OUT_MS);
  assert.equal((await call('GET', '/v1/people', mine)).status, 200);
});

test('whoever can open the socket is the owner: unlocks and makes tokens', async (t) => {
  const folder = scratch();
  const socketPath = join(folder, 's');
  const { journal } = await house(t, { socketPath });
  const post = (path: string, body = '') =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = body === '' ? {} : { 'content-type': 'application/json' };
      const sent = httpRequest({ socketPath, path, method: 'POST', headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject).end(body);
    });
  assert.equal(await post('/v1/doors/front/unlock'), 200);
  assert.equal(await post('/v1/tokens', JSON.stringify({ name: 'a', role: 'viewer' })), 201);
  assert.deepEqual(
    journal.events.map(({ type, actor }) => [type, actor]),
    [
      ['door.unlocked', 'cli'],
      ['token.changed', 'cli'],
    ],
  );
});
