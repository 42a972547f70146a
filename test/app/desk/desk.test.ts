import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { main } from '../../../src/api/cli/main.ts';
import { verbs } from '../../../src/app/verbs.ts';
import { encodeJpeg } from '../../../src/drivers/media/image-edit.ts';
import { StateLock } from '../../../src/drivers/store/state-lock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { captureIo } from '../../api/cli/streams.ts';
import {
  type HumanPack,
  openHumanPack,
  PHOTOGRAPH,
  packageFaces,
  room,
} from '../../fixtures/package-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { Daemon } from '../../integration/daemon.ts';
import { commonConfig, RunningHouse, Scene } from '../../integration/house.ts';

interface Answer {
  readonly code: number;
  readonly said: unknown;
}

/** What technicians do with people, whether a daemon runs or not. */
suite('the verbs for people, with and without a daemon', () => {
  let pack: HumanPack;
  let directory: string;
  let config: readonly string[];
  /** Paths of pictures. */
  let pictures: Record<'photograph' | 'stranger' | 'wall' | 'two' | 'blurred' | 'text' | 'empty', string>;

  before(async () => {
    pack = await openHumanPack();
    directory = await mkdtemp(join(tmpdir(), 'limen-desk-'));
    const { strangers, resident } = await packageFaces(pack);
    const [stranger, man] = [strangers[0], resident[0]];
    const small = { ...man, data: man.data.map((value) => value / 12) };
    const jpeg = async (...faces: Parameters<typeof room>) => encodeJpeg(await room(...faces), 92);
    const files = {
      photograph: PHOTOGRAPH,
      stranger: await jpeg({ image: stranger, heightPx: 220 }),
      wall: await jpeg(),
      two: await jpeg({ image: stranger, heightPx: 160, x: 150 }, { image: man, heightPx: 160, x: 450 }),
      blurred: await jpeg({ image: small, heightPx: 220 }),
      text: Buffer.from('no picture at all'),
      empty: new Uint8Array(),
    };
    pictures = {} as typeof pictures;
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(directory, `${name}.jpg`);
      await writeFile(path, bytes);
      pictures[name as keyof typeof files] = path;
    }
    const scene = await Scene.open(directory, 'camera', await room());
    config = [...commonConfig(pack.modelsDir), `camera: '${scene.uri}'`, 'mqtt: { embeddedPort: 0 }'];
    await writeFile(join(directory, 'limen.yaml'), config.join('\n'));
  });
  after(async () => {
    await pack?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** One command line, in this process. */
  async function limen(state: string, ...args: string[]): Promise<Answer> {
    const { io, stdout } = captureIo();
    const common = ['--json', '--config', join(directory, 'limen.yaml'), '--state', state];
    const parts = { io, verbs: async () => verbs, version: 'test' };
    const code = await main([...args, ...common], parts);
    const said: unknown = JSON.parse(stdout(), (key, value) => (key === 'createdAt' ? 'then' : value));
    return { code, said };
  }

  const COMMANDS = (): string[][] => {
    const { photograph, stranger, wall, two, blurred, text, empty } = pictures;
    const odd = 'default/Zoë 4/a%b?c#';
    return [
      ['people'],
      ['enroll', 'default/anna', photograph, '--name', 'Anna Ä.'],
      ['enroll', 'default/anna', photograph],
      ['enroll', 'default/anna', stranger],
      ['enroll', 'default/berta', photograph],
      ['enroll', 'staff/berta', photograph, '--force'],
      ['enroll', odd, stranger],
      ['enroll', 'default/carla', wall, two, blurred, text],
      ['enroll', 'default/carla', photograph, empty],
      ['enroll', `default/${'x'.repeat(129)}`, photograph],
      ['people'],
      ['people', 'staff'],
      ['people', 'nobody'],
      ['remove', 'default/anna'],
      ['remove', 'default/anna'],
      ['remove', odd],
      ['people'],
    ];
  };

  async function answers(state: string): Promise<Answer[]> {
    const all: Answer[] = [];
    for (const command of COMMANDS()) all.push(await limen(state, ...command));
    return all;
  }

  test('the same commands give the same answers', async (t) => {
    const running = await RunningHouse.start(t, config);
    const [daemons, own] = [await answers(running.stateDir), await answers(scratch())];
    for (const [i, command] of COMMANDS().entries()) {
      const [verb, who] = command;
      assert.deepEqual(daemons[i], own[i], `${verb} ${who}`);
    }
    assert.deepEqual(
      own.map(({ code }) => code),
      [0, 0, 0, 1, 1, 0, 0, 1, 2, 2, 0, 0, 0, 0, 1, 0, 0],
    );
    const { results } = (own[7] as Answer).said as { results: { code: string }[] };
    const codes = results.map(({ code }) => code);
    assert.deepEqual(codes, ['no_face', 'several_faces', 'low_quality', 'image_refused']);
  });

  test('what was enrolled through the daemon is there without it, and the other way round', async (t) => {
    const state = scratch();
    const daemon = await Daemon.start(t, { directory, state, config });
    assert.equal((await limen(state, 'enroll', 'default/anna', pictures.photograph)).code, 0);
    const before = await limen(state, 'people');
    await daemon.end('SIGKILL'); // leaves its socket behind
    assert.deepEqual(await limen(state, 'people'), before);
    assert.equal((await limen(state, 'enroll', 'default/berta', pictures.stranger)).code, 0);
    const after = await limen(state, 'people');
    await Daemon.start(t, { directory, state, config });
    assert.deepEqual(await limen(state, 'people'), after);
  });

  /** Somebody holds the state directory, and answers on its socket as told; nobody listens without `onConnection`. */
  async function holding(t: TestContext, onBytes?: 'goes' | 'goes in mid-answer'): Promise<string> {
    const state = scratch();
    const lock = new StateLock({ directory: state, log: silentLog });
    await lock.start();
    t.after(() => lock.stop());
    if (onBytes === undefined) return state;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (onBytes === 'goes') socket.destroy();
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"people":');
      });
    }).listen(join(state, 'limen.sock'));
    await once(server, 'listening');
    t.after(() => server.close());
    return state;
  }

  function errorOf({ said }: Answer): { code: string; message: string } {
    return (said as { error: { code: string; message: string } }).error;
  }

  test('a daemon that starts or ends does not answer yet or any more: to be tried again', async (t) => {
    const answer = await limen(await holding(t), 'people');
    assert.equal(answer.code, 1);
    const { code, message } = errorOf(answer);
    assert.equal(code, 'busy');
    assert.match(message, /starting or ending/);
  });

  for (const when of ['goes', 'goes in mid-answer'] as const) {
    test(`a daemon that ${when}: told, and that what was asked may have been done`, async (t) => {
      const state = await holding(t, when);
      for (const command of [['people'], ['enroll', 'default/anna', pictures.photograph]]) {
        const answer = await limen(state, ...command);
        assert.equal(answer.code, 1);
        assert.match(errorOf(answer).message, /went away.*may have been done.*limen people/);
      }
    });
  }
});
