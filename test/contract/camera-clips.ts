import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { RgbImage } from '../../src/core/image.ts';

/** Why tests with moving pictures cannot run here, or false. */
export const noFfmpeg: string | false =
  spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'ffmpeg is not installed';

const BITS = 8;

/** A picture that shows its own number, 0 … 255, as eight black or white columns; it survives lossy coding. */
export function numberedPicture(number: number, width = 128, height = 96): RgbImage {
  const data = Buffer.alloc(width * height * 3, 16);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((number >> Math.floor((x * BITS) / width)) & 1)
        data.fill(235, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, data };
}

/** The number that a picture shows, at whatever size it arrived. */
export function numberOf(image: RgbImage): number {
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor(((bit + 0.5) * image.width) / BITS);
    const at = (Math.floor(image.height / 2) * image.width + x) * 3;
    if ((image.data[at] as number) > 126) number |= 1 << bit;
  }
  return number;
}

export interface ClipOptions {
  readonly frames: number;
  readonly fps?: number;
  readonly width?: number;
  readonly height?: number;
  /** ffmpeg's output options, H.264 in the container that the path names when absent. */
  readonly output?: readonly string[];
}

/** Writes a clip whose pictures are numbered 0, 1, 2, … */
export function writeNumberedClip(path: string, options: ClipOptions): void {
  const { frames, fps = 10, width = 128, height = 96 } = options;
  const output = options.output ?? [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-g',
    '5',
    '-pix_fmt',
    'yuv420p',
  ];
  const pictures = Array.from({ length: frames }, (_, n) => numberedPicture(n, width, height).data);
  const input = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${width}x${height}`,
    '-r',
    String(fps),
    '-i',
    'pipe:0',
  ];
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', ...input, ...output, path], {
    input: Buffer.concat(pictures),
    maxBuffer: 1e8,
  });
  if (made.status !== 0) throw new Error(`no test clip: ${made.stderr}`);
}

/** Runs ffmpeg for a fixture. */
export function ffmpeg(...args: string[]): void {
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args]);
  if (made.status !== 0) throw new Error(`no test clip: ${made.stderr}`);
}

/** Media processes that this one has started and not reaped, zombies included (the test loader has its own child). */
export function childPids(pid = process.pid): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
    .filter((child) => child !== '' && /^(ffmpeg|ffprobe|setpriv|timeout|fswebcam|sh)$/m.test(nameOf(child)))
    .map(Number);
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Resolves once `condition` holds, looked at between turns of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
