import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { listPacks, loadPack, SHIPPED_PACKS_DIR } from '../../../../src/drivers/inference/packs/load-pack.ts';

/** The human manifest with the field at `pointer` set to `value`, alone in a directory of its own. */
async function withManifest(pointer: string, value: unknown, body: (dir: string) => Promise<void>) {
  const dir = mkdtempSync(join(tmpdir(), 'limen-packs-'));
  try {
    const manifest: Record<string, unknown> = JSON.parse(
      readFileSync(join(SHIPPED_PACKS_DIR, 'human.json'), 'utf8'),
    );
    const keys = pointer.split('/').slice(1);
    const last = keys.pop() as string;
    const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, manifest);
    holder[last] = value; // undefined does not survive JSON: the field goes away
    writeFileSync(join(dir, 'human.json'), JSON.stringify(manifest));
    copyFileSync(join(SHIPPED_PACKS_DIR, 'human.centre.json'), join(dir, 'human.centre.json'));
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function rejectsNaming(code: string, pattern: RegExp) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  };
}

test('both shipped packs load', async () => {
  assert.deepEqual(await listPacks(), ['human', 'recommended']);
  for (const name of await listPacks()) assert.equal((await loadPack(name)).name, name);
});

test('downloads of the shipped packs are pinned to a commit', async () => {
  for (const name of await listPacks()) {
    for (const { origin } of (await loadPack(name)).files) {
      if (origin.kind !== 'download') continue;
      for (const url of [origin.url, ...(origin.mirrors ?? [])]) assert.match(url, /\/[0-9a-f]{40}\//);
    }
  }
});

test('the human pack declares that it has no liveness, and why', async () => {
  const { liveness } = await loadPack('human');
  assert.ok(liveness.kind === 'none' && /do not separate/.test(liveness.why));
});

test('an unknown pack names the known ones', async () => {
  await assert.rejects(
    loadPack('humman'),
    rejectsNaming('pack_unknown', /'humman'.*known packs: human, recommended/),
  );
});

test('a name that points out of the directory is unknown', async () => {
  await assert.rejects(loadPack('../packs/human'), rejectsNaming('pack_unknown', /known packs/));
});

test('a directory that does not exist holds no packs', async () => {
  await assert.rejects(loadPack('human', '/nonexistent/packs'), rejectsNaming('pack_unknown', /none/));
});

const WRONG: [what: string, pointer: string, value: unknown, naming: RegExp][] = [
  ['a missing section', '/embedder', undefined, /embedder/],
  ['a key nobody knows', '/detector/minscore', 1, /\/detector.*minscore/],
  ['a score above one', '/detector/minScore', 50, /\/detector\/minScore/],
  ['a section that names no file', '/embedder/model', 'facenet', /\/embedder\/model names 'facenet'/],
  ['a file of another role', '/embedder/model', 'blazeface', /'blazeface', whose role is 'detector'/],
  ['a needed file marked optional', '/files/0/optional', true, /needs 'blazeface', which is marked optional/],
  ['a centre of another length', '/embedder/length', 512, /centre has 1024 numbers, the embedding 512/],
  ['a centre that is not there', '/embedder/centre', 'x.json', /x\.json.*no such file/],
  ['one id twice', '/files/1/id', 'blazeface', /id 'blazeface' twice/],
  ['a file name that leaves the directory', '/files/0/file', '../x.onnx', /\/files\/0\/file/],
  ['a hash that is none', '/files/0/origin/sha256/json', 'abc', /\/files\/0\/origin\/sha256\/json/],
  ['a name that is not the file name', '/name', 'other', /\/name is 'other'/],
];

for (const [what, pointer, value, naming] of WRONG) {
  test(`refused: ${what}`, async () => {
    await withManifest(pointer, value, async (dir) => {
      await assert.rejects(loadPack('human', dir), rejectsNaming('pack_invalid', naming));
    });
  });
}

test('refused: a manifest that is not JSON', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'limen-packs-'));
  try {
    writeFileSync(join(dir, 'human.json'), '{"name":');
    await assert.rejects(loadPack('human', dir), rejectsNaming('pack_invalid', /human\.json/));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
