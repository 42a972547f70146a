import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ClipResult } from '../../../src/core/ports/media.ts';
import { type ClipDecoderOptions, FfmpegClipDecoder } from '../../../src/drivers/media/clip-decoder.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import {
  childPids,
  ffmpeg,
  noFfmpeg,
  numberOf,
  until,
  writeNumberedClip,
} from '../../contract/camera-clips.ts';

const clock = new SystemClock();
const program = new FfmpegProgram({ clock });

function accepted(result: ClipResult) {
  assert.ok(result.ok, result.ok ? '' : `${result.refusal}: ${result.detail}`);
  return result.frames;
}

function refusal(result: ClipResult): string {
  assert.ok(!result.ok, 'was accepted');
  return result.refusal;
}

describe('uploaded clips', { skip: noFfmpeg }, () => {
  let folder = '';
  let runtimeDir = '';
  const made = (name: string, ...output: string[]) => {
    const path = join(folder, name);
    writeNumberedClip(path, { frames: 40, fps: 10, ...(output.length > 0 && { output }) });
    return readFileSync(path);
  };
  const decoder = (options: Partial<ClipDecoderOptions> = {}) =>
    new FfmpegClipDecoder({ program, clock, runtimeDir, ...options });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'limen-clips-'));
    runtimeDir = mkdtempSync(join(tmpdir(), 'limen-run-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
    rmSync(runtimeDir, { recursive: true });
  });

  test('mp4 with its index at the end, mov, webm without a length, and mkv', async () => {
    const clips = {
      mp4: made('a.mp4'),
      mov: made('a.mov', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'),
      webm: made('a.webm', '-c:v', 'libvpx', '-b:v', '1M', '-live', '1'),
      mkv: made('a.mkv'),
    };
    assert.ok(clips.mp4.indexOf('moov') > clips.mp4.indexOf('mdat'), 'the index is not at the end');
    for (const [name, bytes] of Object.entries(clips)) {
      const frames = accepted(await decoder().decode(bytes, { maxFrames: 64 }));
      assert.deepEqual(
        frames.map(numberOf),
        Array.from({ length: 40 }, (_, i) => i),
        name,
      );
      assert.ok(Math.abs((frames.at(-1)?.atS as number) - 3.9) < 0.01, name);
    }
  });

  test('at most so many frames, evenly', async () => {
    const bytes = made('a.mp4');
    const numbers = async (maxFrames: number) =>
      accepted(await decoder().decode(bytes, { maxFrames })).map(numberOf);
    assert.deepEqual(await numbers(8), [0, 5, 10, 15, 20, 25, 30, 35]);
    assert.deepEqual(await numbers(1), [0]);
    const thirty = await numbers(30);
    assert.equal(thirty.length, 30);
    for (let i = 1; i < 30; i++) {
      const step = (thirty[i] as number) - (thirty[i - 1] as number);
      assert.ok(step === 1 || step === 2);
    }
  });

  test('every limit is named', async () => {
    const bytes = made('a.mp4');
    const decode = async (options: Partial<ClipDecoderOptions>, input: Uint8Array = bytes) =>
      refusal(await decoder(options).decode(input, { maxFrames: 4 }));
    assert.equal(await decode({}, new Uint8Array()), 'empty');
    assert.equal(await decode({ maxBytes: bytes.length - 1 }), 'too_many_bytes');
    assert.equal(await decode({ maxDurationS: 3.8 }), 'too_long');
    assert.equal(await decode({ maxPixels: 128 * 96 - 1 }), 'too_many_pixels');
    assert.equal(await decode({}, Buffer.from('GIF89a and so on')), 'unreadable');
    assert.equal(await decode({}, bytes.subarray(0, 1000)), 'unreadable');
    assert.equal(await decode({ timeLimitMs: 0 }), 'unreadable');
    const missing = new FfmpegProgram({ clock, path: join(folder, 'no-ffmpeg') });
    assert.equal(await decode({ program: missing }), 'no_ffmpeg');
    assert.deepEqual(childPids(), []);
  });

  test('a header that understates the length does not help', async () => {
    const bytes = made('lying.mp4');
    // The movie header's duration, 32 bits in ms after version, times and scale (ISO/IEC 14496-12 §8.2.2).
    const mvhd = bytes.indexOf('mvhd');
    assert.equal(bytes.readUInt32BE(mvhd + 20), 4000);
    bytes.writeUInt32BE(100, mvhd + 20);
    assert.equal(refusal(await decoder({ maxDurationS: 2 }).decode(bytes, { maxFrames: 4 })), 'too_long');
  });

  test('a container that points at other files is held to itself', async () => {
    const list = Buffer.from(`ffconcat version 1.0\nfile '${join(folder, 'a.mp4')}'\n`);
    assert.equal(refusal(await decoder().decode(list, { maxFrames: 4 })), 'unreadable');
  });

  test('sound alone is unreadable', async () => {
    const path = join(folder, 'sound.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', path);
    assert.equal(refusal(await decoder().decode(readFileSync(path), { maxFrames: 4 })), 'unreadable');
  });

  test('an abort ends the work at once; no name stays in the runtime directory', async () => {
    const abort = new AbortController();
    const bytes = made('a.mp4');
    const decoding = decoder().decode(bytes, { maxFrames: 64, signal: abort.signal });
    await until(() => childPids().length > 0);
    assert.deepEqual(readdirSync(runtimeDir), []);
    abort.abort(new Error('the caller left'));
    await assert.rejects(decoding, /the caller left/);
    assert.deepEqual(childPids(), []);
    assert.deepEqual(readdirSync(runtimeDir), []);
    await assert.rejects(decoder({ runtimeDir: join(folder, 'absent') }).decode(bytes, { maxFrames: 4 }), {
      code: 'store_fault',
    });
  });

  const real = resolve('../shared/faces/video');
  test('real clips decode', {
    skip: existsSync(real) ? false : 'no ../shared/faces/video here',
  }, async () => {
    for (const name of ['zub_real.mov', 'short_hamilton_clip.mp4', 'clm_cap12_15s.mp4']) {
      const frames = accepted(await decoder().decode(readFileSync(join(real, name)), { maxFrames: 8 }));
      assert.equal(frames.length, 8, name);
    }
    const tooLong = await decoder().decode(readFileSync(join(real, 'door-open.mp4')), { maxFrames: 8 });
    assert.equal(refusal(tooLong), 'too_long');
  });
});
