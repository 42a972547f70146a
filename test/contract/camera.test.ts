import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../src/core/image.ts';
import { cameraFor } from '../../src/drivers/camera/camera-for.ts';
import { FfmpegVideoDecoder } from '../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../src/drivers/media/image-decoder.ts';
import { encodeJpeg } from '../../src/drivers/media/image-edit.ts';
import { type ManualClock, SystemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { childPids, noFfmpeg, numberedPicture, numberOf, writeNumberedClip } from './camera-clips.ts';
import { RtspServer } from './camera-rtsp-server.ts';
import { cameraSuite } from './camera-suite.ts';

const clock = new SystemClock();
const video = new FfmpegVideoDecoder(new FfmpegProgram({ clock }));
const images = new SharpImageDecoder();

function camera(uri: string, onClock: SystemClock | ManualClock = clock) {
  return cameraFor(uri, { clock: onClock, log: silentLog, images, video, runtimeDir: tmpdir() });
}

function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'limen-camera-'));
  return { folder, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}

const size = { width: 128, height: 96 };
const number = (frame: Frame) => numberOf(frame);
const PICTURES = 12;

cameraSuite('stills:', false, async () => {
  const { folder, remove } = temporary();
  const pictures = join(folder, 'pictures');
  const hidden = join(folder, 'hidden');
  mkdirSync(pictures);
  for (let n = 0; n < PICTURES; n++) {
    writeFileSync(join(pictures, `${n}.jpg`), await encodeJpeg(numberedPicture(n)));
  }
  return {
    live: (onClock) => camera(`stills://${pictures}?intervalMs=5&loop=1`, onClock),
    lossless: () => camera(`stills://${pictures}?realtime=0&intervalMs=40`),
    pictures: PICTURES,
    size,
    number,
    kill: () => renameSync(pictures, hidden),
    restore: () => renameSync(hidden, pictures),
    tearDown: remove,
  };
});

cameraSuite('file:', noFfmpeg, async () => {
  const { folder, remove } = temporary();
  const clip = join(folder, 'clip.mp4');
  writeNumberedClip(clip, { frames: PICTURES, fps: 50 });
  const signal = (name: NodeJS.Signals) => () => {
    for (const pid of childPids()) process.kill(pid, name);
  };
  return {
    live: (onClock) => camera(`file://${clip}?loop=1`, onClock),
    lossless: () => camera(`file://${clip}?realtime=0`),
    pictures: PICTURES,
    size,
    number,
    kill: signal('SIGKILL'),
    silence: signal('SIGSTOP'),
    tearDown: remove,
  };
});

cameraSuite('rtsp:', noFfmpeg, async () => {
  const { folder, remove } = temporary();
  const clip = join(folder, 'clip.mp4');
  writeNumberedClip(clip, { frames: 100, fps: 50 });
  const server = new RtspServer('door:s3cret');
  const port = await server.start(clip);
  return {
    live: (onClock) => camera(`rtsp://door:s3cret@127.0.0.1:${port}/live?channel=1`, onClock),
    size,
    number,
    kill: () => server.cut(),
    silence: () => {
      server.silent = true;
    },
    restore: () => {
      server.silent = false;
    },
    ownPids: [server.packerPid as number],
    tearDown: async () => {
      await server.stop();
      await remove();
    },
  };
});

const DEVICE = '/dev/video0';
cameraSuite('v4l2:', existsSync(DEVICE) ? noFfmpeg : `no ${DEVICE} here`, async () => ({
  live: (onClock) => camera(`v4l2://${DEVICE}?width=640&height=480`, onClock),
  size: { width: 640, height: 480 },
  number,
  tearDown: async () => {},
}));
