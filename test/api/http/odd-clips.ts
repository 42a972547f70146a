import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paintedImage } from '../../fixtures/coloured-faces.ts';
import type { OddFile } from '../../fixtures/odd-files.ts';
import { scratch } from '../../fixtures/scratch.ts';

/** Painted person 7, whose red survives the chroma of every codec. */
const { width, height, data } = paintedImage({ person: 7 });

export const noFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0 ? false : 'ffmpeg is not installed';

/** A clip of painted person 7. */
export function encodeClip(
  directory: string,
  name: string,
  options: { frames: number; rate?: number; args?: string[]; after?: string[] },
): Buffer {
  const path = join(directory, name);
  const source = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${width}x${height}`,
    '-r',
    `${options.rate ?? 10}`,
  ];
  execFileSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-y',
      ...source,
      '-i',
      'pipe:0',
      ...(options.args ?? ['-c:v', 'mpeg4', '-q:v', '1']),
      ...(options.after ?? []),
      path,
    ],
    {
      input: Buffer.concat(Array.from({ length: options.frames }, () => data)),
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  return readFileSync(path);
}

/** Clips of every odd kind, or why there are none. */
export async function clipFiles(): Promise<{ files: OddFile[]; skip?: string }> {
  if (noFfmpeg) return { files: [], skip: noFfmpeg };
  const directory = scratch();
  const mp4 = encodeClip(directory, 'person.mp4', { frames: 12 });
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const rows: readonly [string, Uint8Array, OddFile['outcome']][] = [
    ['person.mp4', mp4, 'person'],
    ['person.mkv', encodeClip(directory, 'person.mkv', { frames: 6 }), 'person'],
    ['person.mov', encodeClip(directory, 'person.mov', { frames: 6 }), 'person'],
    ['lossless.mkv', encodeClip(directory, 'lossless.mkv', { frames: 4, args: ['-c:v', 'ffv1'] }), 'person'],
    ['one-frame.mp4', encodeClip(directory, 'one-frame.mp4', { frames: 1 }), 'person'],
    ['mp4-called.jpg', mp4, 'person'],
    ['too-long.mp4', encodeClip(directory, 'too-long.mp4', { frames: 45, rate: 1 }), 'unreadable'],
    [
      'too-large.mp4',
      encodeClip(directory, 'too-large.mp4', { frames: 2, after: ['-vf', 'scale=2600:1600'] }),
      'unreadable',
    ],
    ['truncated.mp4', mp4.subarray(0, mp4.length >> 1), 'unreadable'],
    ['start-only.mp4', mp4.subarray(0, 40), 'unreadable'],
    ['start-only.mkv', latin1('\x1aE\xdf\xa3'), 'unreadable'],
    ['noise.mkv', Buffer.concat([latin1('\x1aE\xdf\xa3'), Buffer.alloc(5_000, 0xa5)]), 'unreadable'],
    ['mp4-box-of-everything.mp4', latin1('\xff\xff\xff\xffftypisom'), 'unreadable'],
    ['playlist.mp4', latin1('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'), 'unsupported_format'],
    ['concat.mkv', latin1("ffconcat version 1.0\nfile '/etc/passwd'\n"), 'unsupported_format'],
    ['recording.avi', encodeClip(directory, 'recording.avi', { frames: 3 }), 'unsupported_format'],
  ];
  return { files: rows.map(([name, bytes, outcome]) => ({ name, bytes, outcome })) };
}
