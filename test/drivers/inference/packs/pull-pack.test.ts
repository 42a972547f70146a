import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import type { ModelPack } from '../../../../src/core/model-pack.ts';
import { loadPack } from '../../../../src/drivers/inference/packs/load-pack.ts';
import type { ModelProgress } from '../../../../src/drivers/inference/packs/model-progress.ts';
import { type PullOptions, pullPack } from '../../../../src/drivers/inference/packs/pull-pack.ts';
import { ManualClock } from '../../../../src/runtime/clock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { scratch } from '../../../fixtures/scratch.ts';
import { cutAfter, FileServer, instead, ranged, silentAfter, status, wholeOnly } from './file-server.ts';
import { packOf, smallFiles } from './fixture-pack.ts';

const SHARED_MODELS = join(import.meta.dirname, '../../../../../shared/models');
const PATIENCE = { silenceMs: 60_000, attempts: 3, firstRetryMs: 1, maxRetryMs: 2 };

/** The files served, the pack that names them there, and a directory for them that does not exist yet. */
async function pullOf(t: TestContext, files: Map<string, Buffer>) {
  const server = await new FileServer(files).listen(t);
  const modelsDir = join(scratch(), 'models');
  const pack = await packOf(files, server.base);
  const options: PullOptions = { modelsDir, log: silentLog, patience: PATIENCE };
  const assertInstalled = () => {
    assert.deepEqual(readdirSync(modelsDir).sort(), [...files.keys()].sort(), 'the files and nothing else');
    for (const [name, content] of files) assert.ok(readFileSync(join(modelsDir, name)).equals(content), name);
  };
  return { server, pack, modelsDir, options, assertInstalled };
}

/** The one file of a pack of one, with its length. */
function one(bytes = 300_000) {
  const files = smallFiles(1, bytes);
  const [[name, content]] = [...files] as [[string, Buffer]];
  return { files, name, content };
}

function withMirrors(pack: ModelPack, mirrorsOf: (file: string) => string[]): ModelPack {
  const files = pack.files.map((file) =>
    file.origin.kind === 'download'
      ? { ...file, origin: { ...file.origin, mirrors: mirrorsOf(file.file) } }
      : file,
  );
  return { ...pack, files };
}

test('a whole pack arrives with progress; a second pull asks for nothing', async (t) => {
  const { server, pack, options, assertInstalled } = await pullOf(t, smallFiles(3));
  const seen: ModelProgress[] = [];
  const pulled = await pullPack(pack, { ...options, onProgress: (progress) => seen.push(progress) });
  assertInstalled();
  assert.deepEqual(
    pulled.map(({ state }) => state),
    ['installed', 'installed', 'installed'],
  );
  const bytes = seen.filter(({ model, stage }) => model === 'small-1' && stage === 'downloading');
  assert.equal(bytes.at(-1)?.doneBytes, 50_000);
  assert.equal(bytes.at(-1)?.totalBytes, 50_000);
  assert.deepEqual(
    (await pullPack(pack, options)).map(({ state }) => state),
    ['already_installed', 'already_installed', 'already_installed'],
  );
  assert.equal(server.requests.length, 3);
});

test('a download cut at a random byte goes on from there, on condition that the file is the same', async (t) => {
  const { files, content } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  const cut = randomInt(1, content.length);
  server.next(cutAfter(cut));
  await pullPack(pack, options);
  assertInstalled();
  const [first, second] = server.requests;
  assert.equal(first?.range, undefined);
  assert.equal(second?.status, 206, `cut at ${cut}`);
  assert.match(second?.range ?? '', /^bytes=[1-9]\d*-$/);
  assert.match(second?.ifRange ?? '', /^"/);
});

test('many cuts are outlasted as long as each attempt brings something', async (t) => {
  const { files } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  server.next(...Array.from({ length: 7 }, () => cutAfter(40_000)));
  await pullPack(pack, options);
  assertInstalled();
});

test('a server that ignores ranges starts again and still ends well', async (t) => {
  const { files } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  server.next(cutAfter(100_000, wholeOnly)).always(wholeOnly);
  await pullPack(pack, options);
  assertInstalled();
  assert.equal(server.requests.at(-1)?.status, 200);
});

test('a server that answers another range than asked is not believed', async (t) => {
  const { files } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  server.next(cutAfter(100_000), (content, _request, response) => {
    const range = `bytes 5-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range }).end(content.subarray(5));
  });
  await pullPack(pack, options);
  assertInstalled();
});

test('a file that changed between two answers is fetched again whole', async (t) => {
  const { files, name, content } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  // Without an entity tag nothing but the hash can tell that the two halves do not belong together.
  server.next(cutAfter(100_000, instead(randomBytes(content.length))));
  await pullPack(pack, options);
  assertInstalled();
  assert.equal(server.requests.at(-1)?.range, undefined, name);
});

test('a wrong hash is refused and nothing is installed', async (t) => {
  const { files, name, content } = one();
  const { server, pack, modelsDir, options } = await pullOf(t, files);
  server.always(instead(randomBytes(content.length)));
  await assert.rejects(pullPack(pack, options), {
    code: 'model_hash_mismatch',
    message: new RegExp(`${name} was not installed: .*sent sha256 [0-9a-f]{64}, the manifest says`),
  });
  assert.deepEqual(readdirSync(modelsDir), []);
  assert.equal(server.requests.length, 1, 'the same wrong file is not asked for again');
});

test('a file of another size is refused before its body', async (t) => {
  const { files } = one();
  const { server, pack, modelsDir, options } = await pullOf(t, files);
  server.always(instead(Buffer.from('<html>sign in</html>')));
  await assert.rejects(pullPack(pack, options), { code: 'model_hash_mismatch', message: /has 20 bytes/ });
  assert.deepEqual(readdirSync(modelsDir), []);
});

test('a server that never stops sending does not fill the disk', async (t) => {
  const { files } = one(100_000);
  const { server, pack, modelsDir, options } = await pullOf(t, files);
  server.always((_content, _request, response) => {
    response.writeHead(200); // chunked: no length to refuse by
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1_000)));
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(pullPack(pack, options), { code: 'model_hash_mismatch', message: /sent more than/ });
  assert.deepEqual(readdirSync(modelsDir), []);
});

test('mirrors are tried in turn, and go on where the one before stopped', async (t) => {
  const { files } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  const broken = (await new FileServer(files).listen(t)).next(cutAfter(120_000)).always(status(503));
  const gone = (await new FileServer(files).listen(t)).always(status(404));
  const fooled = (await new FileServer(files).listen(t)).always(instead(randomBytes(300_000)));
  const first = await packOf(files, broken.base);
  await pullPack(
    withMirrors({ ...pack, files: first.files }, (file) =>
      [gone, server].map(({ base }) => `${base}/${file}`),
    ),
    options,
  );
  assertInstalled();
  assert.equal(broken.requests.length, 1 + PATIENCE.attempts);
  assert.equal(gone.requests.length, 1);
  assert.deepEqual([server.requests[0]?.status, server.requests[0]?.ifRange], [206, undefined]);
  const again = await pullOf(t, files);
  const lied = await packOf(files, fooled.base);
  await pullPack(
    withMirrors(lied, (file) => [`${server.base}/${file}`]),
    again.options,
  );
  again.assertInstalled();
});

test('when every address fails, each is named with what it said', async (t) => {
  const { files, name } = one();
  const { server, pack, options } = await pullOf(t, files);
  server.always(status(500));
  const other = (await new FileServer(new Map()).listen(t)).base;
  const mirrored = withMirrors(pack, () => [`${other}/nothing`]);
  await assert.rejects(pullPack(mirrored, options), {
    code: 'model_download_failed',
    message: new RegExp(
      `${server.base}/${name} answered 500 \\(3 attempts\\); ${other}/nothing answered 404`,
    ),
  });
});

test('a server that falls silent is given up, and the next attempt goes on', async (t) => {
  const { files } = one();
  const { server, pack, options, assertInstalled } = await pullOf(t, files);
  const clock = new ManualClock();
  const passRetryDelay = setInterval(() => clock.advance(PATIENCE.maxRetryMs), 1);
  t.after(() => clearInterval(passRetryDelay));
  server.next(silentAfter(100_000));
  const onProgress = ({ doneBytes }: ModelProgress) => {
    if (doneBytes === 100_000) clock.advance(PATIENCE.silenceMs);
  };
  await pullPack(pack, { ...options, clock, onProgress });
  assertInstalled();
  assert.equal(server.requests.at(-1)?.range, 'bytes=100000-');
});

test('a server that accepts and never answers ends in an error', async (t) => {
  const { files } = one();
  const { server, pack, modelsDir, options } = await pullOf(t, files);
  server.always(() => {});
  const patience = { ...PATIENCE, silenceMs: 20 };
  await assert.rejects(pullPack(pack, { ...options, patience }), {
    code: 'model_download_failed',
    message: /was silent for 20 ms \(3 attempts\)/,
  });
  assert.deepEqual(readdirSync(modelsDir), []);
});

test('an aborted pull installs nothing and the next one takes it up', async (t) => {
  const { files, name } = one();
  const { server, pack, modelsDir, options, assertInstalled } = await pullOf(t, files);
  const controller = new AbortController();
  server.next(silentAfter(100_000));
  const onProgress = ({ doneBytes }: ModelProgress) => {
    if (doneBytes === 100_000) controller.abort(new Error('stopped by the operator'));
  };
  await assert.rejects(
    pullPack(pack, { ...options, signal: controller.signal, onProgress }),
    /stopped by the operator/,
  );
  assert.equal(existsSync(join(modelsDir, name)), false);
  await pullPack(pack, options);
  assertInstalled();
  assert.equal(server.requests.at(-1)?.range, 'bytes=100000-');
});

test('a killed pull leaves no half file under its name, and the next one takes it up', async (t) => {
  const { files, name } = one();
  const { server, pack, modelsDir, options, assertInstalled } = await pullOf(t, files);
  server.next(silentAfter(100_000));
  const script = join(import.meta.dirname, 'pull-in-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, modelsDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  child.stdin.end(JSON.stringify(pack));
  for await (const line of createInterface(child.stdout)) {
    if (line === '100000') child.kill('SIGKILL');
  }
  await exit;
  assert.equal(existsSync(join(modelsDir, name)), false);
  assert.equal(readdirSync(modelsDir).length, 1, 'what it had is still there');
  await pullPack(pack, options);
  assertInstalled();
  assert.equal(server.requests.at(-1)?.range, 'bytes=100000-');
});

test('an installed file with the wrong bytes is replaced', async (t) => {
  const { files, name } = one();
  const { pack, modelsDir, options, assertInstalled } = await pullOf(t, files);
  mkdirSync(modelsDir);
  writeFileSync(join(modelsDir, name), 'half a model');
  await pullPack(pack, options);
  assertInstalled();
});

test('--from takes a directory or an address in place of the manifest', async (t) => {
  const { files, name, content } = one();
  const nowhere = await packOf(files, 'https://example.invalid');
  const medium = scratch();
  const local = await pullOf(t, files);
  await assert.rejects(pullPack(nowhere, { ...local.options, from: medium }), { code: 'model_missing' });
  for (const wrong of [Buffer.concat([content, content]), content.subarray(1), randomBytes(content.length)]) {
    writeFileSync(join(medium, name), wrong);
    await assert.rejects(pullPack(nowhere, { ...local.options, from: medium }), {
      code: 'model_hash_mismatch',
    });
    assert.deepEqual(readdirSync(local.modelsDir), []);
  }
  writeFileSync(join(medium, name), content);
  await pullPack(nowhere, { ...local.options, from: medium });
  local.assertInstalled();
  const remote = await pullOf(t, files);
  await pullPack(nowhere, { ...remote.options, from: `${remote.server.base}/` });
  remote.assertInstalled();
});

test('a directory that cannot be made is said to be unwritable', async (t) => {
  const { files } = one();
  const { pack, options } = await pullOf(t, files);
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  await assert.rejects(pullPack(pack, { ...options, modelsDir: file }), { code: 'state_unwritable' });
});

test('models inside a package need no pull', async () => {
  const pulled = await pullPack(await loadPack('human'), {
    modelsDir: scratch(),
    log: silentLog,
  });
  assert.ok(pulled.every(({ state }) => state === 'bundled'));
});

test('the recommended pack arrives from a server that has the real files', {
  skip: existsSync(SHARED_MODELS) ? false : 'no ../shared/models here',
}, async (t) => {
  const recommended = await loadPack('recommended');
  const files = new Map(
    recommended.files.map(({ file }) => [file, readFileSync(join(SHARED_MODELS, file))] as const),
  );
  const { server, modelsDir, options, assertInstalled } = await pullOf(t, files);
  const largest = [...files].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  const moved = recommended.files.map((file) =>
    file.origin.kind === 'download'
      ? { ...file, origin: { ...file.origin, url: `${server.base}/${file.file}`, mirrors: [] } }
      : file,
  );
  server.next(cutAfter(randomInt(1, 100_000)), ranged, cutAfter(randomInt(1, 100_000)));
  await pullPack({ ...recommended, files: moved }, options);
  assertInstalled();
  assert.equal(statSync(join(modelsDir, largest[0])).size, largest[1].length, basename(largest[0]));
});
