import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { main } from '../../src/api/cli/main.ts';
import { verbs } from '../../src/app/verbs.ts';
import { captureIo } from '../api/cli/streams.ts';
import { person } from '../drivers/store/fixtures.ts';
import { type HumanPack, openHumanPack, PHOTOGRAPH, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { commonConfig, RunningHouse, Scene } from './house.ts';

suite('people of another model', () => {
  let pack: HumanPack;
  before(async () => {
    pack = await openHumanPack();
  });
  after(() => pack?.close());

  test('the daemon embeds again from the kept picture, and says who must be enrolled again', async (t) => {
    const directory = scratch();
    const scene = await Scene.open(directory, 'camera', await room());
    const config = [...commonConfig(pack.modelsDir), `camera: '${scene.uri}'`, 'mqtt: { embeddedPort: 0 }'];
    await writeFile(join(directory, 'limen.yaml'), config.join('\n'));
    const running = await RunningHouse.start(t, config);
    const { people, health } = running.house;
    const modelId = pack.recognition.pack.embedder.modelId;
    const picture = await people.pictures.keep(PHOTOGRAPH);
    const [face] = person('anna').faces;
    assert.ok(face);
    await people.put({ ...person('anna'), faces: [{ ...face, picture }] });
    await people.put(person('berta'));
    await people.put({ ...person('carla'), faces: [] });
    assert.equal(running.house.recognition.gallery.size, 3);
    const told = new Promise<string>((resolve) => {
      health.onChange((name, { detail }) => {
        if (name === 'people') resolve(detail ?? '');
      });
    });
    // as at the next start
    await running.house.modelChange.restart();
    assert.equal(await told, 'must be enrolled again: default/berta');
    const anna = await people.get(person('anna'));
    assert.equal(anna?.faces[0]?.modelId, modelId);
    assert.equal(anna?.faces[0]?.picture, picture);
    assert.equal((await people.get(person('berta')))?.faces[0]?.modelId, 'made-up@1');
    const { io, stdout } = captureIo();
    const args = ['people', '--json', '--config', join(directory, 'limen.yaml'), '--state', running.stateDir];
    assert.equal(await main(args, { io, verbs: async () => verbs, version: 'test' }), 0);
    assert.deepEqual(JSON.parse(stdout()).enrolAgain, [{ gallery: 'default', id: 'berta' }]);
  });
});
