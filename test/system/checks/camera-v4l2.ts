// Run by camera-v4l2.sh in the guest: a V4L2 camera whose pictures we choose and which we can take away.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Frame } from '../../../src/core/image.ts';
import { cameraFor } from '../../../src/drivers/camera/camera-for.ts';
import { FfmpegVideoDecoder } from '../../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { type ManualClock, SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Watch } from '../../../src/services/watch/watch.ts';
import { numberOf, until, writeNumberedClip } from '../../contract/camera-clips.ts';
import { cameraSuite } from '../../contract/camera-suite.ts';

const DEVICE = '/dev/video9';
/** One that vivid has too. */
const size = { width: 320, height: 180 };
/** For an emulated machine, where ffmpeg alone takes seconds to start. */
const SILENCE_MS = 60_000;
const clock = new SystemClock();
const video = new FfmpegVideoDecoder(new FfmpegProgram({ clock }));
const images = new SharpImageDecoder();

function camera(device = DEVICE, onClock: SystemClock | ManualClock = clock) {
  const uri = `v4l2://${device}?width=${size.width}&height=${size.height}&silenceMs=${SILENCE_MS}`;
  return cameraFor(uri, { clock: onClock, log: silentLog, images, video, runtimeDir: tmpdir() });
}

/** What is in front of the camera: numbered pictures, 10 a second, for ever. */
class Feed {
  readonly #folder = mkdtempSync(join(tmpdir(), 'limen-feed-'));
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    const clip = join(this.#folder, 'clip.mkv');
    writeNumberedClip(clip, { frames: 50, ...size, output: ['-c:v', 'mjpeg', '-q:v', '3'] });
    const input = ['-re', '-stream_loop', '-1', '-i', clip];
    const output = ['-vf', 'format=yuyv422', '-f', 'v4l2', DEVICE];
    const stdio = ['ignore', 'ignore', 'inherit'] as const;
    const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', ...input, ...output], { stdio: [...stdio] });
    this.#child = child;
    // The device has a format to tell only while somebody feeds it.
    await until(() => child.exitCode !== null || /Width/.test(format()));
    assert.equal(child.exitCode, null, 'the feed ended');
  }

  get pid(): number {
    return this.#child?.pid as number;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async tearDown(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function format(): string {
  return spawnSync('v4l2-ctl', ['-d', DEVICE, '--get-fmt-video'], { encoding: 'utf8' }).stdout;
}

cameraSuite('v4l2: vivid', false, async () => ({
  live: (onClock) => camera('/dev/video0', onClock),
  size,
  number: (frame: Frame) => numberOf(frame),
  tearDown: async () => {},
}));

cameraSuite('v4l2: loopback', false, async () => {
  const feed = new Feed();
  await feed.start();
  return {
    live: (onClock) => camera(DEVICE, onClock),
    size,
    number: (frame: Frame) => numberOf(frame),
    kill: () => feed.stop(),
    silence: () => feed.signal('SIGSTOP'),
    restore: async () => {
      await feed.stop();
      await feed.start();
    },
    get ownPids() {
      return [feed.pid];
    },
    tearDown: () => feed.tearDown(),
  };
});

test('v4l2: the watch loses the camera with its feed, says so once, and has it back with the feed', async () => {
  const feed = new Feed();
  await feed.start();
  const seen: string[] = [];
  const numbers = new Set<number>();
  const health = new Health();
  const watch = new Watch({
    door: 'front',
    camera: camera(),
    consumer: {
      frame: async (frame) => void numbers.add(numberOf(frame)),
      frozen: (reason) => void seen.push(reason),
      lost: (reason) => void seen.push(`lost: ${reason}`),
      recovered: () => void seen.push('recovered'),
    },
    clock,
    log: silentLog,
    health,
  });
  try {
    await watch.start();
    await until(() => numbers.size >= 5);
    assert.ok(
      [...numbers].every((number) => number < 50),
      'the pictures are those that were fed',
    );
    await feed.stop();
    await until(() => seen.length === 1);
    assert.match(seen[0] as string, /^lost: v4l2:\/\/\/dev\/video9/);
    numbers.clear();
    await feed.start();
    await until(() => numbers.size >= 5);
    assert.deepEqual(seen.slice(1), ['recovered']);
  } finally {
    await watch.stop();
    await feed.tearDown();
  }
});
