import { FfmpegVideoDecoder } from '../../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';

/* A daemon for tests: reads its argument over and over until it is killed. */
const decoder = new FfmpegVideoDecoder(new FfmpegProgram({ clock: new SystemClock() }));
const path = process.argv[2] as string;
const feed = decoder.open(
  { kind: 'file', path, loop: true, realtime: true },
  { maxWidthPx: 640, maxHeightPx: 640 },
);
while ((await feed.next()) !== null);
