import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildHouse } from '../../src/app.ts';
import { parseConfig } from '../../src/config/config.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { Observer } from '../drivers/broker/observer.ts';
import { openHumanPack, PHOTOGRAPH, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { commonConfig, Scene } from './house.ts';

const ID = 'canary-5f2c81';
const NAME = 'Serinus Canaria Ä.';
const PASSWORD = 'tweet-tweet-7c41';

/** A secret in every form in which it could lie somewhere. */
function forms(secret: Uint8Array | string): Buffer[] {
  const raw = Buffer.from(secret as string);
  const hex = raw.toString('hex');
  // three ways of falling on base64's groups of three bytes, without the ends that depend on the neighbours
  const base64 = [0, 1, 2].map((skip) =>
    raw.subarray(skip, raw.length - ((raw.length - skip) % 3)).toString('base64'),
  );
  const texts = [
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  if (typeof secret === 'string') texts.push(JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret));
  return [raw, ...texts.map((text) => Buffer.from(text))];
}

/** A template as raw float32, in both orders of bytes, as base64, and as the numbers that JSON would write. */
function templateForms(embedding: Float32Array): Buffer[] {
  const part = embedding.slice(0, 8);
  const little = Buffer.from(part.buffer);
  const big = Buffer.from(little).swap32();
  const numbers = [...part].filter((number) => String(number).length > 10);
  assert.ok(numbers.length > 2);
  const texts = [...numbers.map(String), ...numbers.map((number) => number.toFixed(6))];
  return [...forms(little), ...forms(big), ...texts.map((text) => Buffer.from(text))];
}

function filesBelow(directory: string): { path: string; content: Buffer }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, content: readFileSync(path) }));
}

test('templates, pictures, names, passwords and tokens are legible nowhere: not on disk, not in the log, not on MQTT', async (t) => {
  const directory = scratch();
  const stateDir = join(directory, 'state');
  const pack = await openHumanPack();
  t.after(() => pack.close());
  const scene = await Scene.open(directory, 'camera', await room());
  const yaml = [
    ...commonConfig(pack.modelsDir),
    `camera: '${scene.uri}'`,
    'mqtt: { embeddedPort: 0 }',
    'store: { keepImages: true }',
    'log: { level: debug }',
  ];
  const parsed = parseConfig(yaml.join('\n'), { hostname: 'test' });
  assert.ok(parsed.ok);
  const logged: string[] = [];
  const log = createLogger('debug', { write: (line) => void logged.push(line) });
  const house = await buildHouse({ config: parsed.config, stateDir, env: {}, clock: new SystemClock(), log });
  t.after(() => house.lifecycle.stop());
  await house.lifecycle.start(new AbortController().signal);
  const listener = await Observer.connect(house.mqtt.embedded?.url ?? '');
  t.after(() => listener.close());

  const call = (method: string, path: string, body: FormData | object) => {
    const json = body instanceof FormData ? undefined : { 'content-type': 'application/json' };
    const init = {
      method,
      body: body instanceof FormData ? body : JSON.stringify(body),
      ...(json && { headers: json }),
    };
    return fetch(house.http.url + path, init);
  };
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(PHOTOGRAPH)]), 'image.jpg');
  const enrolled = await call(
    'POST',
    `/v1/people/default/${ID}/faces?name=${encodeURIComponent(NAME)}`,
    form,
  );
  assert.equal(enrolled.status, 201);
  const answers = [await enrolled.text()];
  const login = { username: ID, password: PASSWORD };
  answers.push(
    await (await call('POST', '/register/user', { ...login, email: 'canary@example.org' })).text(),
  );
  answers.push(await (await call('POST', '/login', login)).text());
  answers.push(await (await call('POST', '/login', { ...login, password: `${PASSWORD}!` })).text());
  const token = await house.tokens.create({ name: 'panel', role: 'technician', actor: 'test' });
  assert.equal(token.kind, 'created');
  const authorised = { authorization: `Bearer ${token.secret}` };
  assert.equal((await fetch(`${house.http.url}/v1/tokens`, { headers: authorised })).status, 200);
  const again = new FormData();
  again.set('image', new Blob([new Uint8Array(PHOTOGRAPH)]), 'image.jpg');
  answers.push(await (await call('POST', '/v1/identify?face=largest', again)).text());
  assert.ok(answers.at(-1)?.includes(ID), 'the canary is recognised');
  const [person] = await house.people.list();
  const embedding = person?.faces[0]?.embedding;
  assert.ok(embedding && person?.faces[0]?.picture);
  await listener.message(({ text }) => text.includes('person.enrolled') && text.includes(ID));
  await house.journal.flush();

  const secrets: Record<string, Buffer[]> = {
    template: templateForms(embedding),
    picture: forms(PHOTOGRAPH.subarray(1_000, 1_032)),
    password: forms(PASSWORD),
    token: forms(token.secret),
    key: forms(Buffer.from(readFileSync(join(stateDir, 'store.key'), 'latin1').trim(), 'base64')),
  };
  const name = forms(NAME);
  const found = (content: Buffer, sought: Buffer[]) => sought.some((form) => content.includes(form));
  const state = filesBelow(stateDir);
  assert.ok(
    state.some(({ path }) => path.endsWith('people.log')) &&
      state.some(({ path }) => path.includes('pictures')),
  );
  for (const [what, sought] of Object.entries({ ...secrets, name })) {
    const held = state.filter(({ content }) => found(content, sought)).map(({ path }) => path);
    assert.deepEqual(held, what === 'key' ? [join(stateDir, 'store.key')] : [], `${what} on disk`);
    assert.equal(found(Buffer.from(logged.join('')), sought), false, `${what} in the log`);
    const published = listener.seen.filter(({ text, topic }) => found(Buffer.from(topic + text), sought));
    assert.deepEqual(published, [], `${what} on MQTT`);
    if (what !== 'name')
      assert.equal(found(Buffer.from(answers.join('')), sought), false, `${what} in answers`);
  }
  // the search itself finds what is there
  assert.ok(found(Buffer.from(answers.join('')), name));
  assert.ok(found(Buffer.from(new Uint8Array(embedding.buffer)), secrets.template ?? []));
  assert.ok(found(Buffer.from(JSON.stringify([...embedding])), secrets.template ?? []));
  assert.ok(found(Buffer.from(`x${Buffer.from(PHOTOGRAPH).toString('base64')}`), secrets.picture ?? []));

  assert.equal((await fetch(`${house.http.url}/v1/people/default/${ID}`, { method: 'DELETE' })).status, 204);
  const accountGone = await fetch(`${house.http.url}/v1/accounts/${ID}`, { method: 'DELETE' });
  assert.equal(accountGone.status, 204);
  await listener.message(({ text }) => text.includes('person.removed') && text.includes(ID));
  await house.journal.flush();
  const events = await house.journal.read(0, 10_000);
  const naming = events
    .filter((event) => event.person?.id === ID)
    .map(({ type, reason }) => `${type} ${reason ?? ''}`);
  assert.deepEqual(
    naming,
    ['person.removed ', 'token.changed account_removed'],
    'only the removals themselves',
  );
  assert.deepEqual(readdirSync(join(stateDir, 'pictures')), []);
});

test('the unit leaves no core dump, which would hold templates and keys', () => {
  const unit = readFileSync(join(import.meta.dirname, '../../systemd/limen.service'), 'utf8');
  assert.match(unit, /^LimitCORE=0$/m);
  assert.match(unit, /^UMask=0077$/m);
});
