import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Value from 'typebox/value';
import type { NoncesDocument } from '../../../../src/api/mqtt/requests/nonce-memory.ts';
import { RESPONSE_SCHEMAS } from '../../../../src/api/mqtt/requests/schemas.ts';
import { isRequestVerb, REQUEST_VERB_NAMES, REQUEST_VERBS } from '../../../../src/core/request-verbs.ts';
import { ROLES, roleAllows } from '../../../../src/core/role.ts';
import { EmbeddedBroker } from '../../../../src/drivers/broker/embedded-broker.ts';
import { MemoryDocument } from '../../../../src/drivers/store/memory-document.ts';
import { ManualClock, SystemClock } from '../../../../src/runtime/clock.ts';
import { Health } from '../../../../src/runtime/health.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { Asker, nonce } from './asker.ts';
import { connection, type DeskOptions, EPOCH, inSeconds, makeDesk } from './request-desk.ts';

const { signal } = new AbortController();
const building = new EmbeddedBroker(
  { port: 0 },
  { clock: new SystemClock(), log: silentLog, health: new Health() },
);
before(() => building.start(signal));
after(() => building.stop());

type Desk = Awaited<ReturnType<typeof makeDesk>> & { readonly asker: Asker };

async function withDesk(options: DeskOptions, body: (desk: Desk) => Promise<void>): Promise<void> {
  const url = building.url as string;
  const broker = connection(url, '3.1.1');
  const desk = await makeDesk(broker, options);
  const asker = await Asker.connect(url, '3.1.1');
  await broker.start(signal);
  await asker.reach();
  try {
    await body({ ...desk, asker });
    for (const answer of asker.answers) {
      const fits = REQUEST_VERB_NAMES.some((verb) => Value.Check(RESPONSE_SCHEMAS[verb], answer));
      assert.ok(fits, JSON.stringify(answer));
    }
  } finally {
    await desk.desk.stop();
    await broker.stop();
    await asker.close();
  }
}

const once = () => ({ nonce: nonce(), expiresAt: inSeconds(20) });
const base64 = async (...faces: Parameters<typeof picture>) => (await picture(...faces)).toString('base64');

test('every verb does what it says, and its answers have the shape of their schema', () =>
  withDesk({}, async ({ asker, services, unlocks }) => {
    const answered = async (verb: string, members: object) => {
      const answer = await asker.ask(verb, members);
      assert.ok(isRequestVerb(verb));
      assert.ok(Value.Check(RESPONSE_SCHEMAS[verb], answer), `${verb} ${JSON.stringify(answer)}`);
      return answer.data;
    };
    const ada = { gallery: 'default', id: 'ada' };
    const image = await base64({ person: 1 });
    assert.deepEqual(await answered('enroll', { id: 'ada', image, ...once() }), { person: ada, faceId: '1' });
    const other = await base64({ person: 2 });
    assert.deepEqual(await answered('enroll', { gallery: 'staff', id: 'bo', image: other, ...once() }), {
      person: { gallery: 'staff', id: 'bo' },
      faceId: '1',
    });
    const view = await base64({ person: 1, view: 2 });
    const verified = await answered('verify', { id: 'ada', image: view });
    assert.deepEqual([verified?.verified, verified?.person], [true, ada]);
    const identified = await answered('identify', { image: view });
    assert.deepEqual([identified?.identified, identified?.person], [true, ada]);
    assert.deepEqual(await answered('identify', { gallery: 'staff', image: view }), {
      identified: false,
      reason: 'unknown_face',
    });
    const shown = { enabled: true, faces: 1 };
    assert.deepEqual(await answered('list', {}), {
      people: [
        { ...ada, ...shown },
        { gallery: 'staff', id: 'bo', ...shown },
      ],
    });
    assert.deepEqual(await answered('list', { limit: 1 }), {
      people: [{ ...ada, ...shown }],
      next: 'default/ada',
    });
    assert.deepEqual(await answered('list', { limit: 1, after: 'default/ada' }), {
      people: [{ gallery: 'staff', id: 'bo', ...shown }],
    });
    assert.deepEqual(await answered('health', {}), {
      status: 'ok',
      components: { 'camera front': { status: 'ok' } },
    });
    assert.deepEqual(await answered('unlock', once()), { door: 'front', relay: 'pulsed', holdMs: 3000 });
    assert.deepEqual(await answered('lock', once()), { door: 'front', locked: true });
    assert.deepEqual(await answered('unlock', { command: 'lock', ...once() }), {
      door: 'front',
      locked: true,
    });
    assert.equal(unlocks(), 1);
    assert.deepEqual(await answered('mode', { mode: 'lockdown', forS: 60, ...once() }), {
      door: 'front',
      mode: 'lockdown',
      until: services.doors.get('front')?.modeUntil,
    });
    assert.equal((await asker.ask('unlock', once())).error?.code, 'door_in_lockdown');
    assert.deepEqual(await answered('mode', { mode: 'schedule', ...once() }), {
      door: 'front',
      mode: 'normal',
    });
    const modes = services.journal.events.filter(({ type }) => type === 'door.mode_changed');
    assert.deepEqual(
      modes.map(({ reason, actor }) => [reason, actor]),
      [
        ['lockdown', 'mqtt'],
        ['schedule', 'mqtt'],
      ],
    );
    assert.equal(unlocks(), 1);
    assert.deepEqual(await answered('remove', { id: 'ada', ...once() }), { person: ada });
    assert.deepEqual(await answered('reset', once()), { removed: 1 });
    const who = services.journal.events.filter(({ actor }) => actor !== undefined).map(({ actor }) => actor);
    assert.deepEqual([...new Set(who)], ['mqtt']);
  }));

test('no answer holds a template or a token', () =>
  withDesk({ trustBroker: false }, async ({ asker, services }) => {
    const created = await services.access.tokens.create({ name: 'ha', role: 'technician', actor: 'test' });
    assert.ok(created.kind === 'created');
    const token = created.secret;
    const image = await base64({ person: 3 });
    await asker.ask('enroll', { token, id: 'cy', image, ...once() });
    await asker.ask('enroll', { token, id: 'cy', image, ...once() });
    await asker.ask('list', { token });
    await asker.ask('identify', { token, image });
    await asker.ask('list', { token: `${token}x` });
    const text = JSON.stringify(asker.answers);
    assert.doesNotMatch(text, /embedding|sha256|\[-?\d/);
    assert.ok(!text.includes(token.slice(6)));
  }));

test('every verb is open to its role and those above, and to nobody else', () =>
  withDesk({ trustBroker: false }, async ({ asker, services, unlocks }) => {
    const image = await base64({ person: 1 });
    const tokens = new Map<string, string | undefined>([['nobody', undefined]]);
    for (const role of ROLES) {
      const made = await services.access.tokens.create({ name: role, role, actor: 'test' });
      tokens.set(role, made.kind === 'created' ? made.secret : '');
    }
    for (const verb of REQUEST_VERB_NAMES) {
      for (const [who, token] of tokens) {
        const { role, changes } = REQUEST_VERBS[verb];
        const answer = await asker.ask(verb, {
          ...(['verify', 'enroll', 'remove'].includes(verb) && { id: 'ada' }),
          ...(['verify', 'identify', 'enroll'].includes(verb) && { image }),
          ...(verb === 'mode' && { mode: 'normal' }),
          ...(changes && once()),
          ...(token !== undefined && { token }),
        });
        const may = roleAllows(
          ROLES.find((each) => each === who),
          role,
        );
        const refused = who === 'nobody' ? 'unauthorised' : 'forbidden';
        const code = answer.error?.code;
        if (may) assert.ok(code === undefined || code === 'not_found', `${verb} ${who} ${code}`);
        else assert.equal(code, refused, `${verb} ${who}`);
      }
    }
    assert.equal(unlocks(), 1);
    const byToken = services.journal.events.find(({ type }) => type === 'door.unlocked');
    assert.equal(byToken?.actor, 'token:technician@mqtt');
  }));

test('a token presented in vain does not fall back on the trusted broker; a reset needs a recent one', () =>
  withDesk({ trustBroker: true }, async ({ asker, services, unlocks }) => {
    const wrong = await asker.ask('unlock', { token: 'limen_wrong', ...once() });
    assert.equal(wrong.error?.code, 'unauthorised');
    assert.equal(unlocks(), 0);
    const made = await services.access.tokens.create({ name: 'old', role: 'technician', actor: 'test' });
    assert.ok(made.kind === 'created');
    services.clock.advance(6 * 60_000);
    const late = await asker.ask('reset', { token: made.secret, ...once() });
    assert.equal(late.error?.code, 'forbidden');
    assert.ok(!services.journal.events.some(({ type }) => type === 'people.reset'));
  }));

test('verbs that change something are off until they are named; `command: lock` counts as lock', () =>
  withDesk({ verbs: ['unlock'] }, async ({ asker, services, unlocks }) => {
    const image = await base64({ person: 1 });
    for (const [verb, members] of [
      ['enroll', { id: 'ada', image }],
      ['remove', { id: 'ada' }],
      ['reset', {}],
      ['lock', {}],
      ['unlock', { command: 'lock' }],
      ['mode', { mode: 'held_open' }],
    ] as const) {
      const answer = await asker.ask(verb, { ...members, ...once() });
      assert.equal(answer.error?.code, 'forbidden', verb);
      assert.match(answer.error?.message ?? '', /mqtt\.verbs/);
    }
    assert.equal((await asker.ask('health')).status, 'ok');
    assert.equal(unlocks(), 0);
    assert.equal((await asker.ask('unlock', once())).status, 'ok');
    assert.equal(unlocks(), 1);
    assert.deepEqual(await services.store.list(), []);
  }));

test('what does not have the shape of its schema is refused with the member that is wrong', () =>
  withDesk({}, async ({ asker, unlocks }) => {
    for (const [members, message] of [
      [{}, /nonce/],
      [{ nonce: nonce() }, /expiresAt/],
      [{ nonce: 'short', expiresAt: inSeconds(5) }, /`nonce`/],
      [{ nonce: '+/+/+/+/+/+/+/+/+/+/+/+/', expiresAt: inSeconds(5) }, /`nonce`/],
      [{ nonce: nonce(), expiresAt: '5 seconds from now' }, /`expiresAt`/],
      [{ ...once(), door: 'back' }, /`door` is not known/],
      [{ ...once(), token: 7 }, /`token`/],
      [{ ...once(), command: 'open' }, /`command`/],
    ] as const) {
      const answer = await asker.ask('unlock', members);
      assert.equal(answer.error?.code, 'bad_request', JSON.stringify(members));
      assert.match(answer.error?.message ?? '', message);
    }
    for (const [members, message] of [
      [{}, /mode/],
      [{ mode: 'open' }, /`mode`/],
      [{ mode: 'lockdown', forS: 0 }, /`forS`/],
      [{ mode: 'lockdown', forS: 31 * 86_400 + 1 }, /`forS`/],
      [{ mode: 'schedule', forS: 60 }, /schedule/],
    ] as const) {
      const answer = await asker.ask('mode', { ...members, ...once() });
      assert.equal(answer.error?.code, 'bad_request', JSON.stringify(members));
      assert.match(answer.error?.message ?? '', message);
    }
    for (const payload of ['', 'unlock', '[]', 'null', '{"transaction":', Buffer.from([0xff, 0xfe])]) {
      const before = asker.answers.length;
      await asker.send('unlock', payload);
      await asker.answer((answer) => asker.answers.indexOf(answer) >= before && answer.status === 'error');
    }
    const unknown = await asker.ask('open', once());
    assert.match(unknown.error?.message ?? '', /there are: health, list/);
    assert.equal(unlocks(), 0);
  }));

test('pictures: base64 only, at most 2 MB, and a refusal says what is wrong with them', () =>
  withDesk({}, async ({ asker }) => {
    const refused = async (image: string) => (await asker.ask('identify', { image })).error?.code;
    assert.equal(await refused('data:image/png;base64,AAAA'), 'bad_request');
    assert.equal(await refused('AA-_'), 'bad_request');
    assert.equal(await refused(Buffer.from('no picture').toString('base64')), 'image_refused');
    assert.equal(await refused('A'.repeat(2_796_208)), 'bad_request');
    assert.equal(await refused('A'.repeat(2_796_204)), 'image_refused');
    assert.equal(await refused(await base64()), 'no_face');
    assert.equal(await refused(await base64({ person: 1 }, { person: 2 })), 'several_faces');
  }));

test('a flood is refused, not collected, each request by its transaction, and the door can still be asked meanwhile', () =>
  withDesk({}, async ({ asker, services, unlocks }) => {
    let open = () => {};
    services.analyser.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const image = await base64({ person: 1 });
    const asked = Array.from({ length: 40 }, () => asker.ask('identify', { image }));
    const busy = () => asker.answers.filter(({ error }) => error?.code === 'busy');
    await asker.answer(() => busy().length === 36);
    assert.equal((await asker.ask('unlock', once())).status, 'ok');
    await asker.send('identify', JSON.stringify({ image, transaction: 'the "last" member' }));
    await asker.answer(({ transaction }) => transaction === 'the "last" member');
    open();
    const answered = await Promise.all(asked);
    assert.equal(answered.filter(({ error }) => error?.code === 'busy').length, 36);
    assert.equal(answered.filter(({ data }) => data?.identified === false).length, 4);
    assert.equal(unlocks(), 1);
  }));

test('wrong tokens are counted: after ten no new one is looked at, and those in use go on', () =>
  withDesk({ trustBroker: false }, async ({ asker, services, unlocks }) => {
    const [used, fresh] = await Promise.all(
      ['used', 'fresh'].map(async (name) => {
        const made = await services.access.tokens.create({ name, role: 'technician', actor: 'test' });
        return made.kind === 'created' ? made.secret : '';
      }),
    );
    assert.equal((await asker.ask('unlock', { token: used, ...once() })).status, 'ok');
    const code = async (token: string | undefined) => (await asker.ask('health', { token })).error?.code;
    // the same wrong one again is no guess
    for (let n = 0; n < 20; n++) assert.equal(await code('limen_old'), 'unauthorised');
    for (let n = 1; n < 10; n++) assert.equal(await code(`limen_${n}`), 'unauthorised');
    for (let n = 10; n < 13; n++) assert.equal(await code(`limen_${n}`), 'too_many_requests');
    assert.equal(await code(fresh), 'too_many_requests');
    assert.equal((await asker.ask('unlock', { token: used, ...once() })).status, 'ok');
    assert.equal(unlocks(), 2);
    const locked = services.access.failedTokens.lockedForMs('mqtt');
    services.clock.advance(locked);
    assert.equal(await code(fresh), undefined);
  }));

test('a command that expires while the disk takes its time does not act', async () => {
  const clock = new ManualClock({ epoch: EPOCH, synced: true });
  const slow = new (class extends MemoryDocument<NoncesDocument> {
    override async update(change: (value: NoncesDocument) => NoncesDocument): Promise<NoncesDocument> {
      const next = await super.update(change);
      clock.advance(20_000);
      return next;
    }
  })({ nonces: {} });
  await withDesk({ clock, document: slow }, async ({ asker, unlocks }) => {
    const answer = await asker.ask('unlock', once());
    assert.equal(answer.error?.code, 'request_stale');
    assert.equal(unlocks(), 0);
  });
});
