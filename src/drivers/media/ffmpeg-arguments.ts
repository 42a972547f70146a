import type { VideoInput, VideoOptions } from '../../core/ports/media.ts';
import type { FfmpegVersion } from './ffmpeg-program.ts';

const COMMON = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error'];

export interface FrameOptions extends VideoOptions {
  /** Expression of ffmpeg's `select` filter; the other frames are left out. */
  readonly select?: string;
  /** Takes this demuxer instead of guessing: for input from outside. */
  readonly demuxer?: ClipContainer;
  /** Refuses to decode anything larger, whatever the container's header claimed. */
  readonly maxPixels?: number;
}

export type ClipContainer = 'mov' | 'matroska';

/**
 * The command line that lists the size of the first video stream (`stream,W,H`) and the time of each of its packets
 * (`packet,T`), without decoding.
 */
export function probeArguments(path: string, demuxer: ClipContainer): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'file', '-f', demuxer],
    ...['-select_streams', 'V:0', '-show_entries', 'stream=width,height:packet=pts_time', '-of', 'csv'],
    `file:${path}`,
  ];
}

/**
 * The command line that turns `input` into pictures on descriptor 1 and their times on descriptor 3.
 *
 * Pictures are binary PPM (`P6 width height 255`, then RGB rows): raw pixels that carry their own size, so nothing
 * is opened twice to learn it. Times come from the `metadata` filter in microseconds of the source, one line for
 * each picture, written before it. Frames pass as they come, never doubled or left out to reach a rate.
 */
export function frameArguments(input: VideoInput, options: FrameOptions, version: FfmpegVersion): string[] {
  return [
    ...COMMON,
    ...(options.demuxer === undefined ? [] : ['-f', options.demuxer]),
    ...(options.maxPixels === undefined ? [] : ['-max_pixels', String(options.maxPixels)]),
    ...inputArguments(input, version),
    ...['-map', '0:V:0', '-an', '-sn', '-dn'],
    ...['-vf', filters(options)],
    ...(atLeast(version, 5, 1) ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']),
    ...['-c:v', 'ppm', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/** Where the child reads what `inputScript` says. */
const SCRIPT = 'pipe:4';

/**
 * What the child is told on descriptor 4: a list with one source (ffconcat) and its options. The address of a network
 * camera holds its password, and every local user may read a command line. Undefined where the address stands on the
 * command line: it is that of a file or device, or ffmpeg is older than 5 and knows no options in a list.
 */
export function inputScript(input: VideoInput, version: FfmpegVersion): string | undefined {
  if (input.kind !== 'rtsp' || version.major < 5) return undefined;
  const options = [...RTSP, ...PROBING, ['timeout', micros(input.timeoutMs)]];
  return [
    'ffconcat version 1.0',
    `file '${input.url.replaceAll("'", "'\\''")}'`,
    ...options.map(([name, value]) => `option ${name} ${value}`),
    '',
  ].join('\n');
}

const RTSP = [
  ['rtsp_transport', 'tcp'],
  ['allowed_media_types', 'video'],
];
const PROBING = [
  ['analyzeduration', '2000000'],
  ['probesize', '1000000'],
];
// low_delay also keeps the decoder from threading by frames, which delays by one frame a thread.
const NO_DELAY = ['-fflags', 'nobuffer', '-flags', 'low_delay'];

function micros(ms: number): string {
  return String(Math.round(ms * 1000));
}

function inputArguments(input: VideoInput, version: FfmpegVersion): string[] {
  switch (input.kind) {
    case 'file':
      return [
        ...(input.loop ? ['-stream_loop', '-1'] : []),
        ...(input.realtime ? ['-re'] : []),
        // Two decoding threads: the models need the cores more.
        ...['-threads', '2', '-protocol_whitelist', 'file', '-i', `file:${input.path}`],
      ];
    case 'v4l2':
      return [
        ...['-f', 'v4l2', ...NO_DELAY],
        ...(input.format === undefined ? [] : ['-input_format', input.format]),
        ...(input.width === undefined || input.height === undefined
          ? []
          : ['-video_size', `${input.width}x${input.height}`]),
        ...(input.fps === undefined ? [] : ['-framerate', String(input.fps)]),
        ...['-i', input.device],
      ];
    case 'rtsp': {
      const probing = PROBING.flatMap(([name, value]) => [`-${name}`, value as string]);
      if (inputScript(input, version) !== undefined) {
        // a list from a pipe may name no address unless it is said to be safe: it is ours
        const list = ['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'pipe,rtp,tcp,tls', '-i', SCRIPT];
        return [...NO_DELAY, ...probing, ...list];
      }
      return [
        ...RTSP.flatMap(([name, value]) => [`-${name}`, value as string]),
        ...NO_DELAY,
        ...probing,
        // before ffmpeg 5, `-timeout` of RTSP meant waiting for a caller
        ...['-stimeout', micros(input.timeoutMs)],
        ...['-protocol_whitelist', 'rtp,tcp,tls', '-i', input.url],
      ];
    }
  }
}

function filters(options: FrameOptions): string {
  // Non-square pixels are made square first: distances are measured across and faces aligned on the plane.
  const fit = `min(1,min(${options.maxWidthPx}/(iw*sar),${options.maxHeightPx}/ih))`;
  return [
    ...(options.select === undefined ? [] : [`select='${options.select}'`]),
    `scale=w='max(1,round(iw*sar*${fit}))':h='max(1,round(ih*${fit}))':flags=bilinear`,
    'setsar=1',
    'format=rgb24',
    'settb=1/1000000',
    // `print` writes a line only for frames that carry metadata.
    'metadata=mode=add:key=frame:value=1',
    "metadata=mode=print:file='pipe\\:3':direct=1",
  ].join(',');
}

function atLeast(version: FfmpegVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
