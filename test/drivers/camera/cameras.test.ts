import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { CameraStream } from '../../../src/core/ports/camera.ts';
import type { FrameFeed, VideoDecoder } from '../../../src/core/ports/media.ts';
import type { CameraDeps } from '../../../src/drivers/camera/camera-deps.ts';
import { cameraFor } from '../../../src/drivers/camera/camera-for.ts';
import { FrameStream } from '../../../src/drivers/camera/frame-stream.ts';
import { FfmpegVideoDecoder } from '../../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { encodeJpeg } from '../../../src/drivers/media/image-edit.ts';
import { ManualClock, SystemClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { childPids, noFfmpeg, numberedPicture, numberOf, until } from '../../contract/camera-clips.ts';

const never = new AbortController().signal;
const clock = new SystemClock();
const video = new FfmpegVideoDecoder(new FfmpegProgram({ clock }));
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'limen-cameras-'));
});
after(() => rmSync(folder, { recursive: true }));

function camera(uri: string, deps: Partial<CameraDeps> = {}) {
  return cameraFor(uri, {
    clock,
    log: silentLog,
    images: new SharpImageDecoder(),
    video,
    runtimeDir: folder,
    ...deps,
  });
}

async function numbers(stream: CameraStream): Promise<number[]> {
  const all: number[] = [];
  for (;;) {
    const frame = await stream.next(never);
    if (frame === null) return all;
    all.push(numberOf(frame));
  }
}

test('only recordings and folders of pictures say that they repeat themselves by right', () => {
  const recorded = (uri: string) => camera(uri).recorded === true;
  assert.deepEqual(['file:///a.mp4?loop=1', 'stills:///a'].map(recorded), [true, true]);
  assert.deepEqual(['v4l2:///dev/video0', 'rtsp://a/b', 'auto:', 'webcam:'].map(recorded), [
    false,
    false,
    false,
    false,
  ]);
});

test('stills come in natural order; what cannot be shown is skipped and reported once', async () => {
  const pictures = join(folder, 'natural order');
  mkdirSync(join(pictures, 'subfolder'), { recursive: true });
  for (const n of [1, 2, 10, 11]) {
    writeFileSync(join(pictures, `door ${n}.jpg`), await encodeJpeg(numberedPicture(n)));
  }
  writeFileSync(join(pictures, 'door 3.jpg'), 'no picture');
  writeFileSync(join(pictures, '.hidden'), 'no picture');
  const reported: unknown[] = [];
  const log = { ...silentLog, warn: (fields: Record<string, unknown>) => reported.push(fields.picture) };
  const uri = `stills://${encodeURI(pictures)}?realtime=0`;
  const stream = await camera(uri, { log }).open(never);
  assert.deepEqual(await numbers(stream), [1, 2, 10, 11]);
  assert.deepEqual(reported, ['door 3.jpg']);

  const looping = await camera(`${uri}&loop=1`, { log }).open(never);
  const seen: number[] = [];
  while (seen.length < 10) {
    const frame = await looping.next(never);
    assert.ok(frame !== null);
    seen.push(numberOf(frame));
  }
  await looping.close();
  assert.deepEqual(seen, [1, 2, 10, 11, 1, 2, 10, 11, 1, 2]);
  assert.deepEqual(reported, ['door 3.jpg', 'door 3.jpg']);
});

test('stills in real time are as far apart as asked', async () => {
  const pictures = join(folder, 'paced');
  mkdirSync(pictures);
  for (let n = 0; n < 3; n++) writeFileSync(join(pictures, `${n}.jpg`), await encodeJpeg(numberedPicture(n)));
  const manual = new ManualClock();
  const stream = await camera(`stills://${pictures}?intervalMs=500`, { clock: manual }).open(never);
  const times = [(await stream.next(never))?.capturedAtMs];
  for (let n = 1; n < 3; n++) {
    const next = stream.next(never);
    while (stream.counts.captured <= n) {
      manual.advance(50);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    times.push((await next)?.capturedAtMs);
  }
  assert.equal(await stream.next(never), null);
  assert.equal(times[0], 0);
  assert.ok((times[1] as number) >= 500 && (times[2] as number) >= 1000);
});

test('an empty folder, and one without pictures, are errors', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  for (const uri of [
    `stills://${empty}`,
    `stills://${empty}?loop=1&realtime=0`,
    `stills://${folder}/absent`,
  ]) {
    await assert.rejects(camera(uri).open(never), { code: 'camera_unavailable' });
  }
  writeFileSync(join(empty, 'a.txt'), 'text');
  await assert.rejects(camera(`stills://${empty}?loop=1`).open(never), {
    message: /no picture in the folder/,
  });
});

test('auto: stable names first, the next device when one fails, and nothing else where there is none', async () => {
  const tried: string[] = [];
  const fake: VideoDecoder = {
    open(input): FrameFeed {
      const device = input.kind === 'v4l2' ? input.device : '';
      tried.push(`${device.replace(folder, '')} ${input.kind === 'v4l2' ? (input.format ?? 'any') : ''}`);
      const next = async () => {
        if (device.includes('usb-A'))
          throw new LimenError('camera_unavailable', 'Not a video capture device');
        if (input.kind === 'v4l2' && input.format === 'mjpeg')
          throw new LimenError('camera_format', 'no MJPEG');
        return numberedPicture(7);
      };
      return { next, close: async () => {} };
    },
  };
  const root = join(folder, 'dev');
  const auto = (decoder: VideoDecoder) => camera('auto', { video: decoder, deviceRoot: root });
  await assert.rejects(auto(fake).open(never), { code: 'camera_unavailable', message: /no camera found/ });
  mkdirSync(join(root, 'v4l/by-id'), { recursive: true });
  for (const name of ['video10', 'video2', 'video-other']) writeFileSync(join(root, name), '');
  await (await auto(fake).open(never)).close();
  for (const name of ['usb-B-video-index0', 'usb-A-video-index0', 'usb-A-video-index1']) {
    writeFileSync(join(root, 'v4l/by-id', name), '');
  }
  const stream = await auto(fake).open(never);
  assert.equal(numberOf((await stream.next(never)) as never), 7);
  await stream.close();
  assert.deepEqual(tried, [
    '/dev/video2 mjpeg',
    '/dev/video2 any',
    '/dev/v4l/by-id/usb-A-video-index0 mjpeg',
    '/dev/v4l/by-id/usb-B-video-index0 mjpeg',
    '/dev/v4l/by-id/usb-B-video-index0 any',
  ]);
});

test('webcam: one program for each picture, through a file that is gone afterwards', async () => {
  const fswebcam = join(folder, 'fswebcam');
  await assert.rejects(camera('webcam:', { fswebcam }).open(never), { message: /apt-get install fswebcam/ });
  writeFileSync(join(folder, 'camera.jpg'), await encodeJpeg(numberedPicture(42)));
  // Takes its last argument for the file, as fswebcam does; keeps what it was asked for.
  writeFileSync(
    fswebcam,
    `#!/bin/sh\necho "$@" >> ${folder}/asked\nfor last; do :; done\ncp ${folder}/camera.jpg "$last"\n`,
  );
  chmodSync(fswebcam, 0o755);
  const stream = await camera('webcam:///dev/video7?width=640&height=480', { fswebcam }).open(never);
  for (let i = 0; i < 2; i++) {
    const frame = await stream.next(never);
    assert.equal(numberOf(frame as never), 42);
  }
  await stream.close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('webcam-')),
    [],
  );
  assert.deepEqual(childPids(), []);
  assert.match(readFileSync(join(folder, 'asked'), 'utf8'), /-r 640x480 .*-d \/dev\/video7 .*picture\.jpg/);

  rmSync(join(folder, 'camera.jpg'));
  await assert.rejects(camera('webcam:', { fswebcam }).open(never), { code: 'camera_unavailable' });
});

describe('rtsp cameras that do not answer', { skip: noFfmpeg }, () => {
  test('refused, hung up on, and silent for ever: each an error, with no process left', async () => {
    const server = createServer((socket: Socket) => socket.on('error', () => {}).destroy()).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const uri = `rtsp://door:s3cret@127.0.0.1:${port}/x?password=t0psecret`;
    const unavailable = (cause: Error & { code?: string }) => {
      assert.equal(cause.code, 'camera_unavailable');
      assert.doesNotMatch(
        `${cause.message} ${cause.stack} ${(cause.cause as Error)?.stack}`,
        /s3cret|t0psecret/,
      );
      return true;
    };
    await assert.rejects(camera(uri).open(never), unavailable);
    server.close();
    await assert.rejects(camera(uri).open(never), unavailable);

    const sockets: Socket[] = [];
    const hanging = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(
      0,
      '127.0.0.1',
    );
    await once(hanging, 'listening');
    const deaf = `rtsp://127.0.0.1:${(hanging.address() as { port: number }).port}/x`;
    const manual = new ManualClock();
    const opening = camera(deaf, { clock: manual }).open(never);
    await until(() => sockets.length > 0);
    manual.advance(10_000);
    await assert.rejects(opening, { code: 'camera_unavailable', message: /no picture for 10 s/ });

    const abort = new AbortController();
    const aborted = camera(deaf).open(abort.signal);
    await until(() => sockets.length > 1);
    abort.abort(new Error('stopping'));
    await assert.rejects(aborted, /stopping/);
    assert.deepEqual(childPids(), []);
    hanging.close();
    for (const socket of sockets) socket.destroy();
  });
});

/** Fires what is due only when told, with the clock already beyond it, as after a blocked event loop. */
class LateClock extends ManualClock {
  #lateMs = 0;
  #timers: { dueMs: number; callback: () => void }[] = [];

  override nowMs(): number {
    return this.#lateMs;
  }

  override after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#lateMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  jump(ms: number): void {
    this.#lateMs += ms;
    const due = this.#timers.filter((timer) => timer.dueMs <= this.#lateMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const timer of due) timer.callback();
  }
}

test('a timer that fires late, after the event loop was blocked, is not taken for silence', async () => {
  const late = new LateClock();
  const frames: ((value: null | ReturnType<typeof numberedPicture>) => void)[] = [];
  const feed: FrameFeed = {
    next: () => new Promise((resolve) => frames.push(resolve)),
    close: async () => frames.at(-1)?.(null),
  };
  const options = {
    uri: 'test:',
    pacing: 'live',
    clock: late,
    silenceMs: 3_000,
    firstFrameMs: 10_000,
  } as const;
  const stream = new FrameStream(feed, options);
  const beginning = stream.begin(never);
  frames[0]?.(numberedPicture(0));
  await beginning;
  await stream.next(never);
  await until(() => frames.length === 2);
  // Blocked for five seconds: timers run first, then what arrived meanwhile is read.
  late.jump(5_000);
  frames[1]?.(numberedPicture(1));
  assert.ok((await stream.next(never)) !== null);
  await until(() => frames.length === 3);
  const lost = stream.next(never);
  late.jump(2_800);
  late.jump(200);
  await assert.rejects(lost, { code: 'camera_lost', message: /test:: no picture for 3 s/ });
  await assert.rejects(stream.next(never), { code: 'camera_lost' });
});

test('the first frame is waited for at least as long as the silence that is allowed', async () => {
  for (const [silenceMs, waitedMs] of [
    [3_000, 10_000],
    [60_000, 60_000],
  ] as const) {
    const slow = new LateClock();
    let end = (_: null) => {};
    const feed: FrameFeed = {
      next: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
      close: async () => end(null),
    };
    const options = { uri: 'test:', pacing: 'live', clock: slow, silenceMs, firstFrameMs: 10_000 } as const;
    const beginning = new FrameStream(feed, options).begin(never);
    slow.jump(waitedMs - 200);
    slow.jump(200);
    const message = new RegExp(`no picture for ${waitedMs / 1000} s`);
    await assert.rejects(beginning, { code: 'camera_unavailable', message });
  }
});
