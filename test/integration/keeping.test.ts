import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { main } from '../../src/api/cli/main.ts';
import { verbs } from '../../src/app/verbs.ts';
import { captureIo } from '../api/cli/streams.ts';
import { type HumanPack, openHumanPack, PHOTOGRAPH, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { commonConfig, RunningHouse, Scene } from './house.ts';

const PASSPHRASE = 'correct horse battery';

/** The store as a whole, through the command line, with a daemon and without one. */
suite('backup, restore, key and export', () => {
  let pack: HumanPack;
  before(async () => {
    pack = await openHumanPack();
  });
  after(() => pack?.close());

  async function site() {
    const directory = scratch();
    const scene = await Scene.open(directory, 'camera', await room());
    const config = [
      ...commonConfig(pack.modelsDir),
      `camera: '${scene.uri}'`,
      'mqtt: { embeddedPort: 0 }',
      'store: { keepImages: true }',
    ];
    await writeFile(join(directory, 'limen.yaml'), config.join('\n'));
    await writeFile(join(directory, 'photograph.jpg'), PHOTOGRAPH);
    await writeFile(join(directory, 'secret.txt'), `${PASSPHRASE}\nnot this line\n`);
    const limen = async (state: string, ...args: string[]) => {
      const { io, stdout } = captureIo();
      const common = ['--json', '--config', join(directory, 'limen.yaml'), '--state', state];
      const code = await main([...args, ...common], { io, verbs: async () => verbs, version: 'test' });
      // biome-ignore lint/suspicious/noExplicitAny: whatever the verb says
      return { code, said: JSON.parse(stdout()) as any };
    };
    return { directory, config, limen, path: (name: string) => join(directory, name) };
  }

  test('out of a store without a daemon, into a running one, which recognises at once; nothing else changes it', async (t) => {
    const { config, limen, path } = await site();
    const here = scratch();
    const enrolled = await limen(here, 'enroll', 'default/anna', path('photograph.jpg'), '--name', 'Anna Ä.');
    assert.equal(enrolled.code, 0);
    const locked = ['--passphrase-file', path('secret.txt')];
    const written = await limen(here, 'backup', path('door.backup'), ...locked);
    assert.deepEqual([written.code, written.said.openedBy], [0, 'passphrase']);
    assert.equal((await limen(here, 'backup', path('door.backup'), ...locked)).code, 2, 'not over a file');
    const { house, stateDir, lastSeq } = await RunningHouse.start(t, config);
    assert.ok(lastSeq >= 0);
    await limen(stateDir, 'enroll', 'staff/berta', path('photograph.jpg'));
    const truncated = path('truncated.backup');
    await writeFile(truncated, (await readFile(path('door.backup'))).subarray(0, -1));
    await writeFile(path('wrong.txt'), 'another passphrase');
    const before = await limen(stateDir, 'people');
    for (const [what, args] of Object.entries({
      truncated: [truncated, ...locked],
      'wrong passphrase': [path('door.backup'), '--passphrase-file', path('wrong.txt')],
      'no passphrase': [path('door.backup')],
    })) {
      const refused = await limen(stateDir, 'restore', ...args);
      assert.equal(refused.code, 1, what);
      const code = what === 'no passphrase' ? 'bad_request' : 'backup_unreadable';
      assert.equal(refused.said.error.code, code, what);
    }
    assert.deepEqual(await limen(stateDir, 'people'), before);
    const restored = await limen(stateDir, 'restore', path('door.backup'), ...locked);
    assert.deepEqual([restored.code, restored.said.people, restored.said.pictures], [0, 1, 1]);
    const { people } = (await limen(stateDir, 'people')).said;
    assert.deepEqual(
      people.map(({ gallery, id, name }: Record<string, string>) => [gallery, id, name]),
      [['default', 'anna', 'Anna Ä.']],
    );
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(PHOTOGRAPH)]), 'a.jpg');
    const identified = await fetch(`${house.http.url}/v1/identify?face=largest`, {
      method: 'POST',
      body: form,
    });
    assert.deepEqual(((await identified.json()) as { person: unknown }).person, {
      gallery: 'default',
      id: 'anna',
    });
    const events = (await house.journal.read(0, 1_000)).map(({ type, reason }) => `${type} ${reason ?? ''}`);
    assert.ok(events.includes('people.reset restored'));
  });

  test('a key is changed, and everything held of one person told, with and without a daemon alike', async (t) => {
    const { config, limen, path } = await site();
    const { stateDir, house } = await RunningHouse.start(t, config);
    const own = scratch();
    for (const state of [own, stateDir]) {
      await limen(state, 'enroll', 'default/anna', path('photograph.jpg'));
      const keys = [await limen(state, 'key', 'rotate'), await limen(state, 'key', 'rotate')];
      assert.deepEqual(
        keys.map(({ code }) => code),
        [0, 0],
      );
      assert.notEqual(keys[0]?.said.keyId, keys[1]?.said.keyId);
      const { code, said } = await limen(state, 'export', 'default/anna');
      assert.equal(code, 0);
      const [face] = said.person.faces;
      assert.deepEqual(Buffer.from(face.picture.data, 'base64'), Buffer.from(PHOTOGRAPH));
      assert.equal(Buffer.from(face.template.data, 'base64').length, 4 * face.template.length);
      assert.ok(said.events.some(({ type }: { type: string }) => type === 'person.enrolled'));
      const nobody = await limen(state, 'export', 'default/nobody');
      assert.deepEqual([nobody.code, nobody.said.error.code], [1, 'not_found']);
    }
    const changed = (await house.journal.read(0, 1_000)).filter(
      ({ reason }) => reason === 'store_key_changed',
    );
    assert.deepEqual(
      changed.map(({ actor }) => actor),
      ['cli', 'cli'],
    );
    // over the network only with a token, whatever the address may do
    for (const [method, address] of [
      ['POST', '/v1/keys/rotate'],
      ['POST', '/v1/backup'],
      ['POST', '/v1/restore'],
      ['GET', '/v1/people/default/anna/export'],
    ] as const) {
      assert.equal((await fetch(house.http.url + address, { method })).status, 401, address);
    }
  });
});
