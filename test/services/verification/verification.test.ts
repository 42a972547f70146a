import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Person, PersonRef } from '../../../src/core/person.ts';
import type { ClipDecoder } from '../../../src/core/ports/media.ts';
import { FfmpegClipDecoder } from '../../../src/drivers/media/clip-decoder.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { looksLikeClip } from '../../../src/services/verification/media-kind.ts';
import { type PaintedFace, paintedImage, picture } from '../../fixtures/coloured-faces.ts';
import { requestServices, type ServiceOptions } from '../../fixtures/request-services.ts';
import { scratch } from '../../fixtures/scratch.ts';

const anna = { gallery: 'default', id: 'anna' };
const noFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'ffmpeg is not installed';
const MP4 = Buffer.from('....ftypisom....', 'latin1');

/** Anna is painted person 1. */
async function withAnna(options: ServiceOptions = {}) {
  const services = await requestServices(options);
  await services.enrolment.enrol({ person: anna, image: await picture({ person: 1 }), actor: 'cli' });
  services.journal.events.length = 0;
  return services;
}

/** A clip whose frames show these faces. */
function clip(...frames: PaintedFace[][]): ClipDecoder {
  return {
    decode: async () => ({
      ok: true,
      frames: frames.map((faces, i) => ({ ...paintedImage(...faces), atS: i / 10 })),
    }),
  };
}

test('the same person matches with score, and the journal says so', async () => {
  const { verification, journal } = await withAnna();
  const outcome = await verification.verify({
    person: { id: 'anna' },
    bytes: await picture({ person: 1, view: 3 }),
    actor: 'http:127.0.0.1',
  });
  assert.ok(outcome.kind === 'match');
  assert.deepEqual(outcome.person, anna);
  assert.ok(outcome.score > 0.9 && outcome.score < 0.95, String(outcome.score));
  assert.equal(outcome.liveness, 'not_assessed');
  const [event] = journal.events;
  assert.deepEqual(
    [event?.type, event?.person, event?.liveness, event?.actor, event?.score],
    ['verification.succeeded', anna, 'not_assessed', 'http:127.0.0.1', outcome.score],
  );
});

test('another face is a mismatch whose figure the journal keeps', async () => {
  const { verification, journal } = await withAnna();
  const outcome = await verification.verify({
    person: anna,
    bytes: await picture({ person: 2 }),
    actor: 'cli',
  });
  assert.ok(outcome.kind === 'mismatch' && outcome.score === 0);
  assert.deepEqual(
    [journal.events[0]?.type, journal.events[0]?.reason, journal.events[0]?.score],
    ['verification.failed', 'mismatch', 0],
  );
});

test('an id is looked up in the default gallery, then everywhere while it is unique', async () => {
  const { verification, enrolment } = await withAnna();
  const enrol = async (gallery: string, id: string, person: number) =>
    enrolment.enrol({ person: { gallery, id }, image: await picture({ person }), actor: 'cli' });
  await enrol('guests', 'gert', 2);
  await enrol('guests', 'anna', 3);
  const verify = async (id: string, person: number, gallery?: string) => {
    const bytes = await picture({ person });
    const where = gallery === undefined ? { id } : { id, gallery };
    return (await verification.verify({ person: where, bytes, actor: 'cli' })).kind;
  };
  assert.equal(await verify('gert', 2), 'match');
  assert.equal(await verify('anna', 1), 'match');
  assert.equal(await verify('anna', 3), 'mismatch');
  assert.equal(await verify('anna', 3, 'guests'), 'match');
  assert.equal(await verify('gert', 2, 'default'), 'unknown_person');
  await enrol('staff', 'gert', 4);
  assert.equal(await verify('gert', 2), 'unknown_person');
});

test('who has no face, or one of another model only, is unknown; who may not pass now is not valid', async () => {
  const { verification, store } = await withAnna();
  const template = (await store.get(anna))?.faces[0] as Person['faces'][number];
  const bytes = await picture({ person: 1 });
  const verify = async (change: Partial<Person>) => {
    await store.put({ ...anna, createdAt: '', enabled: true, faces: [template], ...change });
    const outcome = await verification.verify({ person: anna, bytes, actor: 'cli' });
    return 'reason' in outcome ? outcome.reason : outcome.kind;
  };
  assert.equal(await verify({}), 'match');
  assert.equal(await verify({ faces: [] }), 'unknown_person');
  assert.equal(await verify({ faces: [{ ...template, modelId: 'older' }] }), 'unknown_person');
  assert.equal(await verify({ enabled: false }), 'person_disabled');
  assert.equal(await verify({ validFrom: '2030-01-01T00:00:01Z' }), 'outside_validity');
  assert.equal(await verify({ validUntil: '2030-01-01T00:00:00Z' }), 'outside_validity');
  assert.equal(await verify({ validUntil: 'no date' }), 'outside_validity');
  assert.equal(
    await verify({ validFrom: '2030-01-01T00:00:00Z', validUntil: '2031-01-01T00:00:00Z' }),
    'match',
  );
});

test('a clip is judged by the median of its frames: one lucky frame does not carry it', async () => {
  const [me, other, nobody] = [[{ person: 1 }], [{ person: 2 }], []];
  const kinds = [];
  for (const frames of [
    [me, me, other, nobody, me],
    [me, other, other, nobody],
    [me, nobody, nobody, nobody],
    [me, me],
    [],
    [[{ person: 1, flaw: 'not_embedded' as const }], me, me, me],
    Array(3).fill([{ person: 1, flaw: 'not_embedded' as const }]),
    Array(3).fill([{ person: 2, sizePx: 40 }, { person: 1 }]),
  ]) {
    const { verification } = await withAnna({ clips: clip(...(frames as PaintedFace[][])) });
    const request = { person: anna, bytes: MP4, allowClip: true, actor: 'cli' };
    kinds.push((await verification.verify(request)).kind);
  }
  assert.deepEqual(kinds, [
    'match',
    'mismatch',
    'no_face',
    'match',
    'no_face',
    'match',
    'low_quality',
    'match',
  ]);
});

test('a real clip through ffmpeg is judged like its frames', { skip: noFfmpeg }, async () => {
  const folder = scratch();
  const clock = new SystemClock();
  const clips = new FfmpegClipDecoder({ program: new FfmpegProgram({ clock }), clock, runtimeDir: folder });
  const { verification } = await withAnna({ clips });
  const verify = async (...frames: PaintedFace[][]) => {
    const path = join(folder, 'clip.mkv');
    // PNG inside Matroska keeps the painted colours to the bit
    const args = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '64x64', '-r', '10', '-i', '-', '-c:v', 'png'];
    const input = Buffer.concat(frames.map((faces) => paintedImage(...faces).data));
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...args, path], { input });
    const request = { person: anna, bytes: readFileSync(path), allowClip: true, actor: 'cli' };
    return (await verification.verify(request)).kind;
  };
  const [me, other] = [[{ person: 1 }], [{ person: 2 }]];
  assert.equal(await verify(me, me, me, other, []), 'match');
  assert.equal(await verify(other, other, me, other, []), 'mismatch');
  assert.equal(await verify([], [], [], me, []), 'no_face');
});

test('without ffmpeg, or where no clip is expected, a clip is unreadable', async () => {
  const { verification } = await withAnna();
  for (const [allowClip, refusal] of [
    [true, 'no_ffmpeg'],
    [false, 'unsupported_format'],
  ] as const) {
    const outcome = await verification.verify({ person: anna, bytes: MP4, allowClip, actor: 'cli' });
    assert.ok(outcome.kind === 'unreadable' && outcome.refusal === refusal);
  }
});

test('identification names the nearest person only above threshold and margin', async () => {
  const { verification, enrolment, gallery } = await withAnna();
  const identify = async (...faces: PaintedFace[]) =>
    verification.identify({ bytes: await picture(...faces), actor: 'cli' });
  const found = await identify({ person: 1, view: 2 });
  assert.ok(found.kind === 'match');
  assert.deepEqual(found.person, anna);
  assert.deepEqual(await identify({ person: 5 }), { kind: 'unknown', reason: 'unknown_face' });
  assert.deepEqual(await identify(), { kind: 'no_face' });
  assert.deepEqual(await identify({ person: 1 }, { person: 2 }), { kind: 'several_faces', count: 2 });
  const twin = { gallery: 'default', id: 'twin' };
  await enrolment.enrol({
    person: twin,
    image: await picture({ person: 1, view: 1 }),
    actor: 'cli',
    force: true,
  });
  assert.deepEqual(await identify({ person: 1 }), { kind: 'unknown', reason: 'ambiguous_match' });
  gallery.identify = () => ({ person: anna, score: Number.NaN, margin: Number.NaN });
  assert.deepEqual(await identify({ person: 1 }), { kind: 'unknown', reason: 'unknown_face' });
});

test('with rivals, whoever of the same gallery matches better is named, and the claimed person does not match', async () => {
  const { verification, enrolment, store } = await withAnna();
  const bert = { gallery: 'default', id: 'bert' };
  const enrol = async (person: PersonRef, ...faces: PaintedFace[]) =>
    enrolment.enrol({ person, image: await picture(...faces), actor: 'cli', force: true });
  const verify = async (id: string, ...faces: PaintedFace[]) => {
    const bytes = await picture(...faces);
    const outcome = await verification.verify({ person: { id }, bytes, rivals: true, actor: 'cli' });
    return outcome.kind === 'mismatch' ? `mismatch ${outcome.other?.id}` : outcome.kind;
  };
  await enrol(bert, { person: 2 });
  assert.equal(await verify('anna', { person: 1, view: 2 }), 'match');
  assert.equal(await verify('anna', { person: 2 }), 'mismatch bert');
  assert.equal(await verify('anna', { person: 5 }), 'mismatch undefined');
  assert.equal(await verify('nobody', { person: 1 }), 'unknown_person');

  await store.put({ ...((await store.get(bert)) as Person), enabled: false });
  assert.equal(await verify('anna', { person: 2 }), 'mismatch undefined', 'who may not pass is not named');

  await enrol({ gallery: 'guests', id: 'gert' }, { person: 3 });
  assert.equal(await verify('anna', { person: 3 }), 'mismatch undefined', 'another gallery');
  assert.equal(await verify('gert', { person: 3 }), 'match', 'an id that is in one gallery only');

  await enrol({ gallery: 'default', id: 'twin' }, { person: 1 });
  assert.equal(await verify('anna', { person: 1, view: 2 }), 'match', 'of equals the claimed one counts');
  assert.equal(await verify('twin', { person: 1, view: 2 }), 'match');
  await enrol({ gallery: 'default', id: 'double' }, { person: 1, view: 6 });
  assert.equal(await verify('anna', { person: 1, view: 6 }), 'mismatch double');
});

test('a score that is no number is never a match', async () => {
  const { verification, gallery } = await withAnna();
  gallery.similarity = () => Number.NaN;
  const bytes = await picture({ person: 1 });
  assert.equal((await verification.verify({ person: anna, bytes, actor: 'cli' })).kind, 'mismatch');
});

test('clips are told from pictures by their first bytes', () => {
  const box = (type: string, brand = '    ') => Buffer.from(`\0\0\0\x18${type}${brand}`, 'latin1');
  assert.deepEqual(
    [box('ftyp', 'isom'), box('ftyp', 'qt  '), box('moov'), Buffer.from([0x1a, 0x45, 0xdf, 0xa3])].map(
      looksLikeClip,
    ),
    [true, true, true, true],
  );
  assert.deepEqual(
    [box('ftyp', 'avif'), box('ftyp', 'heic'), Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(0)].map(
      looksLikeClip,
    ),
    [false, false, false, false],
  );
});

test('nothing in verification or enrolment can reach a door: no import names one', () => {
  for (const service of ['verification', 'enrolment']) {
    const folder = resolve(import.meta.dirname, '../../../src/services', service);
    for (const file of readdirSync(folder)) {
      const imports = readFileSync(join(folder, file), 'utf8').match(/from '[^']+'/g) ?? [];
      assert.deepEqual(
        imports.filter((path) => /relay|door|access|broker/.test(path)),
        [],
        file,
      );
    }
  }
});

test('a clip of a picture of the face does not match where liveness is judged; the journal says why', async () => {
  const [me, photo, other, blank] = [
    [{ person: 1 }],
    [{ person: 1, flaw: 'picture' as const }],
    [{ person: 2 }],
    [],
  ] as const satisfies PaintedFace[][];
  const times = (count: number, faces: PaintedFace[]): PaintedFace[][] => Array(count).fill(faces);
  const judge = async (judgesLiveness: boolean, ...frames: PaintedFace[][]) => {
    const { verification, journal } = await withAnna({ clips: clip(...frames), judgesLiveness });
    const outcome = await verification.verify({ person: anna, bytes: MP4, allowClip: true, actor: 'cli' });
    const { type, liveness, reason } = journal.events.at(-1) ?? {};
    return [outcome.kind, 'liveness' in outcome ? outcome.liveness : '', type, liveness, reason ?? ''];
  };
  const live = ['match', 'live', 'verification.succeeded', 'live', ''];
  const spoof = ['mismatch', 'spoof', 'verification.failed', 'spoof', 'spoof_suspected'];
  const unjudged = ['match', 'not_assessed', 'verification.succeeded', 'not_assessed', ''];
  assert.deepEqual(await judge(true, ...times(8, me)), live);
  assert.deepEqual(await judge(true, ...times(8, photo)), spoof);
  assert.deepEqual(
    await judge(true, ...times(6, me), ...times(2, photo)),
    live,
    'single looks do not decide',
  );
  // a live face of somebody else's beside a picture of Anna: only the frames that match are looked at
  assert.deepEqual(await judge(true, ...times(7, other), ...times(9, photo)), spoof);
  assert.deepEqual(await judge(true, ...times(7, photo), ...times(4, blank)), unjudged, 'too few frames');
  assert.deepEqual(await judge(false, ...times(8, photo)), unjudged, 'a pack that cannot judge');
  const [kind, liveness] = await judge(true, ...times(8, other));
  assert.deepEqual([kind, liveness], ['mismatch', 'not_assessed'], 'somebody else is no spoof');
});

test('a still is not judged, whatever the pack can', async () => {
  const { verification } = await withAnna({ judgesLiveness: true });
  const bytes = await picture({ person: 1, flaw: 'picture' });
  const outcome = await verification.verify({ person: anna, bytes, actor: 'cli' });
  assert.ok(outcome.kind === 'match' && outcome.liveness === 'not_assessed');
});
