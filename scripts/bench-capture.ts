/*
 * What frames and pictures cost on this machine: `npx tsx scripts/bench-capture.ts`. Needs ffmpeg. Times of
 * pictures are medians; CPU is what node and its ffmpeg used, as a share of one core at 15 frames a second.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FfmpegVideoDecoder } from '../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { encodeJpeg } from '../src/drivers/media/image-edit.ts';
import { SystemClock } from '../src/runtime/clock.ts';

const FRAMES = 300;
const folder = mkdtempSync(join(tmpdir(), 'limen-bench-'));
const decoder = new FfmpegVideoDecoder(new FfmpegProgram({ clock: new SystemClock() }));
const images = new SharpImageDecoder();
const print = (line: string) => process.stdout.write(`${line}\n`);

function clipOf(width: number, height: number): string {
  const path = join(folder, `${width}x${height}.mp4`);
  const source = `testsrc2=s=${width}x${height}:r=15,noise=alls=6:allf=t`;
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-frames:v',
    String(FRAMES),
    ...coding,
    path,
  ]);
  return path;
}

/** CPU of children that were waited for, ms: fields 16 and 17 of proc(5), in ticks of 10 ms. */
function childrenCpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

async function benchClip(width: number, height: number, maxSidePx: number): Promise<void> {
  const input = { kind: 'file', path: clipOf(width, height), loop: false, realtime: false } as const;
  const cpuBefore = process.cpuUsage();
  const childrenBefore = childrenCpuMs();
  const started = performance.now();
  const feed = decoder.open(input, { maxWidthPx: maxSidePx, maxHeightPx: maxSidePx });
  let size = '';
  let frames = 0;
  for (;;) {
    const frame = await feed.next();
    if (frame === null) break;
    size = `${frame.width}×${frame.height}`;
    frames++;
  }
  await feed.close();
  const ms = (performance.now() - started) / frames;
  const { user, system } = process.cpuUsage(cpuBefore);
  const nodeMs = (user + system) / 1000 / frames;
  const ffmpegMs = (childrenCpuMs() - childrenBefore) / frames;
  const cores = ((nodeMs + ffmpegMs) * 15) / 10;
  print(
    `clip ${width}×${height} → ${size}: ${ms.toFixed(2)} ms a frame; CPU ${nodeMs.toFixed(2)} ms node + ` +
      `${ffmpegMs.toFixed(2)} ms ffmpeg (${cores.toFixed(0)} % of a core at 15 fps)`,
  );
}

async function benchJpeg(width: number, height: number, maxSidePx?: number): Promise<void> {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = ((i >> 8) ^ (i * 31)) & 0x7f;
  const bytes = await encodeJpeg({ width, height, data }, 85);
  const times: number[] = [];
  for (let round = 0; round < 12; round++) {
    const started = performance.now();
    const result = await images.decode(bytes, maxSidePx === undefined ? {} : { maxSidePx });
    if (!result.ok) throw new Error(result.detail);
    times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
  print(
    `JPEG ${width}×${height}${maxSidePx === undefined ? '' : ` to ${maxSidePx}`}: ${median.toFixed(1)} ms`,
  );
}

try {
  print(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
  await benchClip(640, 480, 1280);
  await benchClip(1280, 720, 1280);
  await benchClip(1920, 1080, 1280);
  for (const [width, height] of [
    [640, 480],
    [1920, 1280],
    [4000, 3000],
  ] as const) {
    await benchJpeg(width, height);
    await benchJpeg(width, height, 640);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
