import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { Check, Errors } from 'typebox/value';
import { encodeJpeg } from '../../src/drivers/media/image-edit.ts';
import { type HumanPack, openHumanPack, packageFaces, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { assertAlike, type Exchange, exchangesOf, requestOf } from './described-examples.ts';
import { commonConfig, RunningHouse, Scene } from './house.ts';

suite('the served description tells the truth: every example in it, sent to a running daemon', () => {
  let pack: HumanPack;
  const pictures: Record<string, Uint8Array> = {};

  before(async () => {
    pack = await openHumanPack();
    const { resident, strangers } = await packageFaces(pack);
    const [anna, later] = resident;
    const shot = async (...faces: Parameters<typeof room>) => encodeJpeg(await room(...faces), 92);
    pictures['anna.jpg'] = await shot({ image: anna, heightPx: 240 });
    pictures['anna-later.jpg'] = await shot({ image: later, heightPx: 240 });
    pictures['stranger.jpg'] = await shot({ image: strangers[0], heightPx: 240 });
    pictures['two.jpg'] = await shot(
      { image: anna, heightPx: 200, x: 160 },
      { image: strangers[0], heightPx: 200, x: 480 },
    );
    pictures['nobody.jpg'] = await shot();
    pictures['far.jpg'] = await shot({ image: anna, heightPx: 70 });
    pictures['text.jpg'] = Buffer.from('this is no picture');
    pictures['empty.jpg'] = new Uint8Array(0);
  });
  after(() => pack?.close());

  test('status, media type, schema and body of each', async (t) => {
    const scene = await Scene.open(scratch(), 'camera', await room());
    const running = await RunningHouse.start(t, [
      ...commonConfig(pack.modelsDir),
      `camera: '${scene.uri.replace('intervalMs=50', 'intervalMs=1000')}'`,
      "door: { relay: 'memory:' }",
      'mqtt: { embeddedPort: 0 }',
    ]);
    const { url } = running.house.http;
    const made = await running.house.tokens.create({ name: 'test', role: 'technician', actor: 'test' });
    assert.equal(made.kind, 'created');
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Parameters<typeof exchangesOf>[0];
    const exchanges = exchangesOf(document);
    assert.ok(exchanges.length > 80, `${exchanges.length} examples`);
    for (const exchange of exchanges) {
      await t.test(exchange.title, async () => {
        await prepare(running, exchange.given);
        const answer = await send(url, exchange, made.secret);
        assert.equal(answer.status, exchange.status, answer.text);
        if (exchange.value === undefined) {
          assert.equal(answer.text, '');
          return;
        }
        assert.equal(answer.type.split(';')[0], exchange.mediaType);
        const body: unknown = JSON.parse(answer.text);
        assertAlike(body, exchange.value, 'body');
        const schema = exchange.schema ?? {};
        assert.ok(Check(schema, body), JSON.stringify([...Errors(schema, body)]));
        assert.ok(Check(schema, exchange.value), JSON.stringify([...Errors(schema, exchange.value)]));
      });
    }
  });

  /** An empty daemon, and then what an example asks for. */
  async function prepare(running: RunningHouse, given: readonly string[]): Promise<void> {
    const { enrolment } = running.house.requests;
    await enrolment.reset('test');
    for (const step of given) {
      const [, gallery, id, file] = /^person ([^/]+)\/(.+): (\S+)$/.exec(step) ?? [];
      const account = /^account (\S+)$/.exec(step)?.[1];
      if (gallery !== undefined && id !== undefined && file !== undefined) {
        const image = pictures[file] as Uint8Array;
        const outcome = await enrolment.enrol({
          person: { gallery, id },
          image,
          actor: 'test',
          extend: true,
        });
        assert.equal(outcome.kind, 'enrolled', step);
      } else if (account !== undefined) {
        const { url } = running.house.http;
        const response = await fetch(`${url}/register/user`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            username: account,
            password: 'correct horse',
            email: `${account}@example.org`,
          }),
        });
        assert.equal(response.status, 200, step);
      } else if (step === 'a frame of front') {
        const view = running.house.doors[0]?.view;
        const pictures = view?.pictures(new AbortController().signal);
        await pictures?.next();
        await pictures?.return();
      } else {
        assert.fail(`nobody knows how to prepare "${step}"`);
      }
    }
  }

  /** Not `fetch`, which sends no body with GET. */
  async function send(url: string, exchange: Exchange, token: string) {
    const { target, headers, body } = requestOf(exchange, pictures);
    const encoded = body === undefined ? undefined : new Response(body);
    const bytes = encoded && Buffer.from(await encoded.arrayBuffer());
    const type = body instanceof FormData ? encoded?.headers.get('content-type') : undefined;
    return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const sent = request(
        url + target,
        {
          method: exchange.method,
          headers: {
            ...headers,
            ...(exchange.token && { authorization: `Bearer ${token}` }),
            ...(type && { 'content-type': type }),
            'content-length': bytes?.length ?? 0,
          },
        },
        async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type']),
            text: Buffer.concat(chunks).toString(),
          });
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }
});
