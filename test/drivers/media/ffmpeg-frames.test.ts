import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FrameFeed, VideoFrame } from '../../../src/core/ports/media.ts';
import { FfmpegVideoDecoder } from '../../../src/drivers/media/ffmpeg-frames.ts';
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
const decoder = new FfmpegVideoDecoder(new FfmpegProgram({ clock }));
const fit = { maxWidthPx: 1280, maxHeightPx: 1280 };

function open(path: string, options = fit): FrameFeed {
  return decoder.open({ kind: 'file', path, loop: false, realtime: false }, options);
}

async function all(feed: FrameFeed): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for (;;) {
    const frame = await feed.next();
    if (frame === null) break;
    frames.push(frame);
  }
  await feed.close();
  return frames;
}

function close(actual: readonly (number | undefined)[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length, `${actual}`);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((actual[i] as number) - value) < 0.006, `${actual} instead of ${expected}`);
  }
}

describe('frames through ffmpeg', { skip: noFfmpeg }, () => {
  let folder = '';
  let clip = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'limen media,\'odd" name-'));
    clip = join(folder, 'a clip: 100%.mp4');
    writeNumberedClip(clip, { frames: 10 });
  });
  after(() => rmSync(folder, { recursive: true }));

  test('every frame in order with its time, from a path with odd characters', async () => {
    const frames = await all(open(clip));
    assert.deepEqual(frames.map(numberOf), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    close(
      frames.map(({ atS }) => atS),
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    );
    assert.deepEqual(childPids(), []);
  });

  test('a variable rate and a late start keep their real times', async () => {
    const uneven = join(folder, 'uneven.mkv');
    // Frames 0 1 4 5 9 of ten a second, half a second late.
    const select = "select='eq(n,0)+eq(n,1)+eq(n,4)+eq(n,5)+eq(n,9)',setpts=PTS+0.5/TB";
    const sound = ['-f', 'lavfi', '-i', 'sine=d=2'];
    ffmpeg(
      '-i',
      clip,
      ...sound,
      '-vf',
      select,
      '-vsync',
      'passthrough',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      uneven,
    );
    const frames = await all(open(uneven));
    assert.deepEqual(frames.map(numberOf), [0, 1, 4, 5, 9]);
    close(
      frames.map(({ atS }) => atS),
      [0.5, 0.6, 0.9, 1.0, 1.4],
    );
  });

  test('the turn of a phone clip is applied', async () => {
    const turned = join(folder, 'turned.mp4');
    // Stored lying, shown standing: what phones write for a portrait clip.
    ffmpeg('-i', clip, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', turned);
    const [frame] = await all(open(turned));
    assert.deepEqual([frame?.width, frame?.height], [96, 128]);
  });

  test('pixels come out square, fitted inside, never enlarged', async () => {
    const wide = join(folder, 'wide.mp4');
    ffmpeg('-i', clip, '-vf', 'setsar=2/1', '-c:v', 'libx264', wide);
    const sizes = async (path: string, maxWidthPx: number, maxHeightPx: number) => {
      const [frame] = await all(open(path, { maxWidthPx, maxHeightPx }));
      assert.equal(frame?.data.length, (frame?.width as number) * (frame?.height as number) * 3);
      return [frame?.width, frame?.height];
    };
    assert.deepEqual(await sizes(wide, 1280, 1280), [256, 96]);
    assert.deepEqual(await sizes(clip, 64, 64), [64, 48]);
    assert.deepEqual(await sizes(clip, 4096, 33), [44, 33]);
    assert.deepEqual(await sizes(clip, 4096, 4096), [128, 96]);
  });

  test('a loop goes on counting time', async () => {
    const feed = decoder.open({ kind: 'file', path: clip, loop: true, realtime: false }, fit);
    const frames: VideoFrame[] = [];
    while (frames.length < 25) frames.push((await feed.next()) as VideoFrame);
    await feed.close();
    assert.deepEqual(
      frames.map(numberOf),
      Array.from({ length: 25 }, (_, i) => i % 10),
    );
    for (let i = 1; i < 25; i++) {
      assert.ok((frames[i]?.atS as number) > (frames[i - 1]?.atS as number));
    }
  });

  test('what is no video, or a broken one, is an error that says so', async () => {
    const text = join(folder, 'text.mp4');
    writeFileSync(text, 'not a video');
    const sound = join(folder, 'sound.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', sound);
    const playlist = join(folder, 'list.m3u8');
    writeFileSync(playlist, '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n');
    for (const path of [text, sound, playlist, join(folder, 'absent.mp4')]) {
      await assert.rejects(open(path).next(), { code: 'camera_unavailable' });
    }
    const cut = join(folder, 'cut.mkv');
    ffmpeg('-i', clip, '-c:v', 'mjpeg', cut);
    truncateSync(cut, Math.floor(readFileSync(cut).length * 0.8));
    const frames = await all(open(cut));
    assert.ok(frames.length > 0 && frames.length < 10);
    assert.deepEqual(childPids(), []);
  });

  test('a missing ffmpeg is named, and found once it is there', async () => {
    const missing = new FfmpegVideoDecoder(new FfmpegProgram({ clock, path: join(folder, 'no-ffmpeg') }));
    const feed = missing.open({ kind: 'file', path: clip, loop: false, realtime: false }, fit);
    await assert.rejects(feed.next(), { code: 'ffmpeg_missing' });
    await feed.close();
  });

  test('closing at any moment leaves no process', async () => {
    for (const frames of [0, 1, 3]) {
      const feed = open(clip);
      for (let i = 0; i < frames; i++) await feed.next();
      const waiting = feed.next();
      await Promise.all([feed.close(), feed.close()]);
      await waiting;
      assert.equal(await feed.next(), null);
      assert.deepEqual(childPids(), []);
    }
  });

  test('the child’s command line and environment hold nothing of the daemon’s', async () => {
    process.env.LIMEN_TEST_SECRET = 'canary';
    const feed = open(clip);
    await feed.next();
    const [pid] = childPids();
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    await feed.close();
    assert.match(environment, /PATH=/);
    assert.doesNotMatch(environment, /canary/);
  });

  for (const [how, prefixNeeded] of [
    ['while it writes', false],
    ['while it waits for a silent source', true],
  ] as const) {
    const setpriv = spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
    const skip = prefixNeeded && !setpriv ? 'setpriv is not installed' : false;
    test(`a child ends with a daemon that is killed, ${how}`, { skip }, async () => {
      const source = join(folder, prefixNeeded ? 'silent.fifo' : 'endless.mp4');
      if (prefixNeeded) spawnSync('mkfifo', [source]);
      else ffmpeg('-i', clip, '-c', 'copy', source);
      const parent = spawn(
        process.execPath,
        ['--import', 'tsx', resolve(import.meta.dirname, 'read-forever.ts'), source],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await until(() => childPids(parent.pid).some((pid) => isFfmpeg(pid)));
      const children = childPids(parent.pid);
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await until(() => children.every((pid) => !isFfmpeg(pid)));
    });
  }
});

/** Whether the process runs (a zombie that init has not yet collected does not). */
function isFfmpeg(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  try {
    return /\(ffmpeg\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
