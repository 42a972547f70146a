import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DocumentStore } from '../../../src/core/ports/store.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { parseTokens, type TokensDocument } from '../../../src/services/tokens/token.ts';
import { type Bearer, MAX_TOKENS, RECENT_MS, Tokens } from '../../../src/services/tokens/tokens.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { scratch } from '../../fixtures/scratch.ts';

const DAY_MS = 86_400_000;

interface Backend {
  readonly document: DocumentStore<TokensDocument>;
  /** Everything on disk, and a restart. */
  readonly onDisk?: () => Promise<string>;
  readonly reopen?: () => Promise<DocumentStore<TokensDocument>>;
}

const BACKENDS: Record<string, (t: TestContext) => Promise<Backend>> = {
  memory: async () => ({ document: new MemoryDocument<TokensDocument>({ tokens: [] }) }),
  'document file': async (t) => {
    const opened: DocumentFile<TokensDocument>[] = [];
    // the day of a use is written behind the answer: waited for before anybody looks, and before the folder goes
    const settled = () => Promise.all(opened.map((document) => document.stop()));
    t.after(settled);
    const directory = scratch();
    const reopen = async () => {
      await settled();
      const document = new DocumentFile<TokensDocument>({
        path: join(directory, 'tokens.json'),
        log: silentLog,
        name: 'tokens',
        schema: 1,
        initial: { tokens: [] },
        parse: parseTokens,
      });
      await document.start();
      opened.push(document);
      return document;
    };
    const onDisk = async () => {
      await settled();
      return readdirSync(directory)
        .map((name) => readFileSync(join(directory, name), 'utf8'))
        .join();
    };
    return { document: await reopen(), reopen, onDisk };
  },
};

for (const [backend, open] of Object.entries(BACKENDS)) {
  const house = async (t: TestContext) => {
    const { document, ...disk } = await open(t);
    const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
    const journal = new RecordingJournal();
    const over = (store: DocumentStore<TokensDocument>) =>
      new Tokens({ document: store, journal, clock, log: silentLog });
    return { tokens: over(document), clock, journal, over, ...disk };
  };

  const made = async (tokens: Tokens, request: Partial<Parameters<Tokens['create']>[0]> = {}) => {
    const outcome = await tokens.create({ name: 'panel', role: 'terminal', actor: 'cli', ...request });
    assert.equal(outcome.kind, 'created');
    return outcome as Extract<typeof outcome, { kind: 'created' }>;
  };

  test(`${backend}: a token is shown once, recognised, listed without its secret and on no disk`, async (t) => {
    const { tokens, onDisk = async () => '', reopen, over } = await house(t);
    assert.equal(tokens.any, false);
    const { secret, token } = await made(tokens);
    assert.match(secret, /^limen_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(tokens.list(), [
      { id: token.id, name: 'panel', role: 'terminal', createdAt: '2030-01-01T00:00:00.000Z' },
    ]);
    const bearer = { id: token.id, name: 'panel', role: 'terminal', issuedAt: token.createdAt };
    assert.deepEqual(tokens.authenticate(secret), bearer);
    assert.equal(tokens.any, true);
    assert.ok(!(await onDisk()).includes(secret.slice(6)));
    if (reopen) assert.deepEqual(over(await reopen()).authenticate(secret), bearer);
  });

  test(`${backend}: what is no token of ours is nobody`, async (t) => {
    const { tokens } = await house(t);
    const { secret } = await made(tokens);
    await made(tokens, { name: 'other' });
    for (const wrong of [
      '',
      'limen_',
      secret.slice(0, -1),
      `${secret} `,
      secret.toLowerCase(),
      'x'.repeat(9e3),
    ]) {
      assert.equal(tokens.authenticate(wrong), undefined, wrong.slice(0, 60));
    }
  });

  test(`${backend}: a revoked token is nobody at once, after a restart, and in no generation on disk`, async (t) => {
    const { tokens, reopen, over, onDisk = async () => '' } = await house(t);
    const { secret, token } = await made(tokens);
    await made(tokens, { name: 'other' });
    assert.equal(await tokens.revoke(token.id, 'http:10.0.0.7'), true);
    assert.equal(await tokens.revoke(token.id, 'http:10.0.0.7'), false);
    assert.equal(tokens.authenticate(secret), undefined);
    assert.ok(!(await onDisk()).includes(token.id));
    if (reopen) assert.equal(over(await reopen()).authenticate(secret), undefined);
  });

  test(`${backend}: every change is journalled with who asked and which token, never the secret`, async (t) => {
    const { tokens, journal } = await house(t);
    const { secret, token } = await made(tokens);
    tokens.reenter(tokens.authenticate(secret) as Bearer, '10.0.0.7', 'token:panel');
    await tokens.revoke(token.id, 'http:10.0.0.7');
    const which = { type: 'token.changed', token: { id: token.id, name: 'panel' } };
    assert.deepEqual(
      journal.events.map(({ type, token: about, reason, actor }) => ({ type, token: about, reason, actor })),
      [
        { ...which, reason: 'token_created', actor: 'cli' },
        { ...which, reason: 'token_reentered', actor: 'token:panel' },
        { ...which, reason: 'token_revoked', actor: 'http:10.0.0.7' },
      ],
    );
    assert.ok(!JSON.stringify(journal.events).includes(secret));
  });

  test(`${backend}: a token is worth nothing from its expiry on, and no longer counts as a way in`, async (t) => {
    const { tokens, clock } = await house(t);
    const { secret } = await made(tokens, { expiresAt: '2030-01-02T01:00:00+01:00' });
    assert.equal(tokens.list()[0]?.expiresAt, '2030-01-02T00:00:00.000Z');
    clock.advance(DAY_MS - 1);
    assert.ok(tokens.authenticate(secret));
    clock.advance(1);
    assert.equal(tokens.authenticate(secret), undefined);
    assert.equal(tokens.any, false);
    assert.equal(tokens.list().length, 1);
  });

  test(`${backend}: what cannot be made is said, and changes nothing`, async (t) => {
    const { tokens } = await house(t);
    await made(tokens);
    const create = (request: object) => tokens.create({ name: 'n', role: 'viewer', actor: 'x', ...request });
    assert.deepEqual(await create({ name: 'panel' }), { kind: 'exists' });
    for (const wrong of [{ name: ' ' }, { name: 'a\nb' }, { name: 'x'.repeat(101) }, { expiresAt: 'soon' }]) {
      assert.equal((await create(wrong)).kind, 'invalid');
    }
    const past = await create({ expiresAt: '2029-12-31T00:00:00Z' });
    assert.deepEqual(past, { kind: 'invalid', detail: 'expiresAt has passed already' });
    assert.equal(tokens.list().length, 1);
    const names = Array.from({ length: MAX_TOKENS - 1 }, (_, i) => `t${i}`);
    if (backend === 'memory') {
      for (const name of names) await made(tokens, { name });
      assert.deepEqual(await create({}), { kind: 'full', limit: MAX_TOKENS });
    }
  });

  test(`${backend}: of two tokens of one name made at once, one is`, async (t) => {
    const { tokens } = await house(t);
    const request = { name: 'panel', role: 'viewer', actor: 'x' } as const;
    const outcomes = await Promise.all([tokens.create(request), tokens.create(request)]);
    assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['created', 'exists']);
    assert.equal(tokens.list().length, 1);
  });

  test(`${backend}: recent is five minutes after the issue, or after being entered again at that address`, async (t) => {
    const { tokens, clock } = await house(t);
    const { secret } = await made(tokens);
    const bearer = tokens.authenticate(secret) as Bearer;
    clock.advance(RECENT_MS - 1);
    assert.equal(tokens.isRecent(bearer, '10.0.0.7'), true);
    clock.advance(1);
    assert.equal(tokens.isRecent(bearer, '10.0.0.7'), false);
    tokens.reenter(bearer, '10.0.0.7', 'x');
    assert.equal(tokens.isRecent(bearer, '10.0.0.7'), true);
    assert.equal(tokens.isRecent(bearer, '10.0.0.8'), false, 'another machine with the same token');
    clock.advance(RECENT_MS);
    assert.equal(tokens.isRecent(bearer, '10.0.0.7'), false);
    const ahead = { ...bearer, issuedAt: '2031-01-01T00:00:00Z' };
    assert.equal(tokens.isRecent(ahead, '10.0.0.7'), false, 'a clock that was set back makes nothing recent');
  });

  test(`${backend}: the day of the last use is kept, written once a day`, async (t) => {
    const { document } = await open(t);
    let writes = 0;
    const counting: DocumentStore<TokensDocument> = {
      get value() {
        return document.value;
      },
      update: (change, options) =>
        document.update((value) => {
          const next = change(value);
          if (next !== value) writes++;
          return next;
        }, options),
    };
    const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
    const tokens = new Tokens({ document: counting, journal: new RecordingJournal(), clock, log: silentLog });
    const { secret } = await made(tokens);
    assert.equal(writes, 1);
    for (let i = 0; i < 50; i++) tokens.authenticate(secret);
    await counting.update((value) => value);
    assert.equal(tokens.list()[0]?.lastUsedOn, '2030-01-01');
    for (let i = 0; i < 50; i++) tokens.authenticate(secret);
    clock.advance(DAY_MS);
    tokens.authenticate(secret);
    await counting.update((value) => value);
    assert.equal(tokens.list()[0]?.lastUsedOn, '2030-01-02');
    assert.equal(writes, 3);
  });
}
