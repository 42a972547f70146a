import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DecodeResult, ImageDecoder } from '../../../src/core/ports/media.ts';
import { FfmpegClipDecoder } from '../../../src/drivers/media/clip-decoder.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { PeopleLog } from '../../../src/drivers/store/people-log.ts';
import { plainPersonCodec } from '../../../src/drivers/store/person-codec.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { picture } from '../../fixtures/coloured-faces.ts';
import { MAX_IMAGE_BYTES, type OddFile, oddFiles } from '../../fixtures/odd-files.ts';
import { ODD_FOLDER, ODD_LIKE_BASE, ODD_REFUSED } from '../../fixtures/odd-folder.ts';
import { openHumanPack } from '../../fixtures/package-faces.ts';
import { clipFiles } from './odd-clips.ts';
import { form, type ServingOptions, serve } from './serving.ts';
import { expectedOf, UPLOAD_ENDPOINTS, type UploadEndpoint, upload } from './upload-endpoints.ts';

/** The most that one upload may add to the process, over everything that is sent here: twice a decoded picture of the
 * largest kind and the uploads themselves, and much of what a loaded machine leaves uncollected. A bomb takes more. */
const MAX_GROWTH_BYTES = 800_000_000;

/** The real decoder; remembers what it was asked last, and how many pixels it has ever handed out at once. */
class WatchedDecoder implements ImageDecoder {
  readonly #decoder = new SharpImageDecoder({ maxBytes: MAX_IMAGE_BYTES });
  last: DecodeResult | undefined;
  mostPixels = 0;

  forget(): void {
    this.last = undefined;
  }

  async decode(...request: Parameters<ImageDecoder['decode']>): Promise<DecodeResult> {
    this.last = undefined;
    this.last = await this.#decoder.decode(...request);
    if (this.last.ok) {
      this.mostPixels = Math.max(this.mostPixels, this.last.image.width * this.last.image.height);
    }
    return this.last;
  }
}

/** The HTTP side over a store on disk, where `anna` is enrolled. */
async function serveStore(t: TestContext, anna: Uint8Array, options: ServingOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'limen-odd-'));
  const log = join(directory, 'people.log');
  const store = new PeopleLog({ path: log, log: silentLog, codec: plainPersonCodec });
  await store.start();
  const clock = new SystemClock();
  const decoder = new WatchedDecoder();
  const program = new FfmpegProgram({ clock });
  const serving = await serve(t, {
    store,
    decoder,
    clips: new FfmpegClipDecoder({ program, clock, runtimeDir: directory }),
    settings: { maxImageBytes: MAX_IMAGE_BYTES, maxVideoBytes: 64_000_000 },
    ...options,
  });
  const agent = new Agent({ keepAlive: true });
  t.after(async () => {
    agent.destroy();
    await serving.server.stop();
    await store.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const enrolled = await fetch(`${serving.url}/v1/people/default/anna/faces`, {
    method: 'POST',
    body: form(['image', anna, 'anna']),
  });
  assert.equal(enrolled.status, 201, await enrolled.text());
  return { ...serving, agent, decoder, directory, bytes: () => readFileSync(log) };
}

type Served = Awaited<ReturnType<typeof serveStore>>;

/** Sends every file to one endpoint: the right answer, and a store that only a good enrolment has changed. */
async function sendAll(served: Served, name: string, endpoint: UploadEndpoint, files: readonly OddFile[]) {
  for (const [index, file] of files.entries()) {
    const id = `odd${index}-${name.replace(/\W+/g, '')}`;
    const what = `${name} ${file.name} (${file.outcome})`;
    if (endpoint.account) await makeAccount(served, id);
    const before = served.bytes();
    served.decoder.forget();
    const answer = await upload(served, endpoint, file, id);
    const [statuses, body] = expectedOf(endpoint, file);
    const allowed = typeof statuses === 'number' ? [statuses] : statuses;
    assert.ok(allowed.includes(answer.status), `${what} → ${answer.status} ${answer.body}`);
    assert.match(answer.body, body, what);
    assert.match(answer.type, /^application\/(problem\+)?json; charset=utf-8$/, what);
    const { last } = served.decoder;
    if (last !== undefined && !last.ok) assert.equal(last.refusal, file.outcome, what);
    const changed = Buffer.compare(before, served.bytes()) !== 0;
    if (!changed) continue;
    assert.ok(
      endpoint.enrols && (file.outcome === 'person' || file.outcome === 'picture'),
      `${what} was stored`,
    );
    // the next one is to be as new as this one was
    await fetch(`${served.url}/v1/people/default/${id}`, { method: 'DELETE' });
    await fetch(`${served.url}/v1/people/odd/${id}`, { method: 'DELETE' });
  }
}

async function makeAccount({ url }: Served, username: string): Promise<void> {
  const account = { username, password: 'long enough', email: 'a@example.com' };
  const body = form(...Object.entries(account).map(([key, value]): [string, string] => [key, value]));
  assert.equal((await fetch(`${url}/register/user`, { method: 'POST', body })).status, 200);
}

test('every route that takes an upload is in the table, and nothing else', async (t) => {
  const { uploads } = await serve(t);
  assert.deepEqual(uploads.toSorted(), Object.keys(UPLOAD_ENDPOINTS).toSorted());
});

test('every odd picture through every upload endpoint: a right answer or a clear refusal', async (t) => {
  const files = await oddFiles();
  const served = await serveStore(t, await picture({ person: 1 }));
  const before = process.resourceUsage().maxRSS;
  for (const [name, endpoint] of Object.entries(UPLOAD_ENDPOINTS)) {
    await t.test(name, () => sendAll(served, name, endpoint, files));
  }
  const grownBytes = (process.resourceUsage().maxRSS - before) * 1_024;
  assert.ok(grownBytes < MAX_GROWTH_BYTES, `grew by ${grownBytes} bytes`);
  assert.ok(served.decoder.mostPixels <= 25_000_000, `${served.decoder.mostPixels} pixels were decoded`);
  assert.deepEqual(
    (await served.store.list()).map(({ gallery, id, faces }) => [gallery, id, faces.length]),
    [['default', 'anna', 1]],
  );
  assert.deepEqual(readdirSync(served.directory), ['people.log'], 'something else was left behind');
});

test('every odd clip through the endpoints that take clips, and through one that does not', async (t) => {
  const { files, skip } = await clipFiles();
  if (skip !== undefined) return t.skip(skip);
  const served = await serveStore(t, await picture({ person: 7 }));
  for (const [name, endpoint] of Object.entries(UPLOAD_ENDPOINTS)) {
    if (endpoint.clips) await t.test(name, () => sendAll(served, name, endpoint, files));
  }
  const still = UPLOAD_ENDPOINTS['POST /api/enroll'] as UploadEndpoint;
  const refused = files.map((file): OddFile => ({ ...file, outcome: 'unsupported_format' }));
  await t.test('POST /api/enroll', () => sendAll(served, 'POST /api/enroll', still, refused));
  assert.deepEqual(readdirSync(served.directory), ['people.log'], 'a clip was left behind');
});

test('every file of the odd folder, with the real networks', {
  skip: existsSync(ODD_FOLDER) ? false : 'no ../shared/faces/odd here',
}, async (t) => {
  const human = await openHumanPack();
  t.after(() => human.close());
  human.recognition.gallery.unfollow();
  const read = (name: string) => readFileSync(resolve(ODD_FOLDER, name));
  const served = await serveStore(t, read('base.jpg'), { recognition: human.recognition });
  const files = readdirSync(ODD_FOLDER).map((name): OddFile => {
    const outcome = ODD_REFUSED[name] ?? (ODD_LIKE_BASE.includes(name) ? 'person' : 'picture');
    return { name, bytes: read(name), outcome };
  });
  for (const [name, endpoint] of Object.entries(UPLOAD_ENDPOINTS)) {
    await t.test(name, () => sendAll(served, name, endpoint, files));
  }
  assert.equal((await served.store.list()).length, 1);
});
