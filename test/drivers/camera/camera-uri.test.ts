import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameFeed, VideoDecoder, VideoInput, VideoOptions } from '../../../src/core/ports/media.ts';
import { CAMERA_SCHEMES, cameraFor } from '../../../src/drivers/camera/camera-for.ts';
import { withOptions } from '../../../src/drivers/camera/camera-uri.ts';
import { frameArguments, inputScript } from '../../../src/drivers/media/ffmpeg-arguments.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';

const never = new AbortController().signal;

/** Remembers what it was asked to open, and has one frame of it. */
class RecordingDecoder implements VideoDecoder {
  readonly asked: { input: VideoInput; options: VideoOptions }[] = [];

  open(input: VideoInput, options: VideoOptions): FrameFeed {
    this.asked.push({ input, options });
    const frames = [{ width: 2, height: 1, data: new Uint8Array(6) }];
    return { next: async () => frames.shift() ?? null, close: async () => {} };
  }
}

function camera(uri: string, video: VideoDecoder = new RecordingDecoder()) {
  const deps = {
    clock: new ManualClock(),
    log: silentLog,
    images: new SharpImageDecoder(),
    runtimeDir: '/tmp',
  };
  return cameraFor(uri, { ...deps, video });
}

async function opened(uri: string) {
  const video = new RecordingDecoder();
  const stream = await camera(uri, video).open(never);
  await stream.close();
  return video.asked[0] as (typeof video.asked)[number];
}

test('an unknown scheme lists the known ones', () => {
  assert.deepEqual(CAMERA_SCHEMES, ['auto', 'v4l2', 'rtsp', 'rtsps', 'file', 'stills', 'webcam']);
  for (const uri of ['gopher://x', '/dev/video0', 'constructor:x', '']) {
    assert.throws(
      () => camera(uri),
      (cause: { code?: string; message: string }) => {
        assert.match(String(cause.code), /uri_unknown_scheme|uri_invalid/);
        assert.match(cause.message, /v4l2/);
        return true;
      },
    );
  }
});

test('options are read by type and range, and an unknown one lists what there is', () => {
  const wrong: [string, RegExp][] = [
    ['v4l2:///dev/video0?widht=640', /widht; there are width, height, fps, format, silenceMs/],
    ['v4l2:///dev/video0?width=0', /width=0: a whole number from 16 to 4096/],
    ['v4l2:///dev/video0?format=a%20b', /single word/],
    ['file:///a.mp4?loop=yes', /loop=yes: 1 or 0/],
    ['file:///a.mp4?silenceMs=1e9', /whole number/],
    ['file://a.mp4', /three slashes/],
    ['file:', /path is missing/],
    ['file:///a%zz.mp4', /%25/],
    ['stills:///x?intervalMs=-1', /whole number/],
    ['rtsp:', /rtsp:\/\/\[user/],
    ['rtsp://', /rtsp:\/\/\[user/],
    ['rtsp://host/x#colour=1', /colour; there are width, height, silenceMs/],
    ['webcam:///dev/video0;reboot', /special characters/],
    ['webcam:///dev/$(reboot)', /special characters/],
  ];
  for (const [uri, says] of wrong)
    assert.throws(() => camera(uri), { code: 'uri_invalid', message: says }, uri);
});

test('a credential reaches the device and nothing else', async () => {
  const secret = /adm1n|s3cret|t0ken/;
  const uri =
    'rtsp://adm1n:s3cr%40s3cret@10.0.0.9:554/live?channel=1&Password=s3cret&authToken=t0ken#width=640';
  const made = camera(uri);
  assert.equal(made.uri, 'rtsp://10.0.0.9:554/live?channel=1&Password=***&authToken=***#width=640');
  const { input, options } = await opened(uri);
  assert.equal(input.kind === 'rtsp' && input.url, uri.split('#')[0]);
  assert.equal(options.maxWidthPx, 640);
  for (const bad of [
    'rtsp://u:adm1n#s3cret@h/x',
    'rtsp://u:1?s3cret@h/x',
    'rtsp://u:1#s3cret@h/x',
    'rtsp://u:1/s3cret@h/x',
    'rtsp://u:a@b#s3cret@h/x',
    'rtsp://adm1n:s3cret@h/x#a=t0ken',
    'nope://adm1n:s3cret@h/',
  ]) {
    assert.throws(
      () => camera(bad),
      (cause: Error) => !secret.test(cause.message.replace('a=t0ken', '')),
    );
  }
});

test('paths: absolute, relative, percent-encoded, stable device names', async () => {
  const path = async (uri: string) => {
    const { input } = await opened(uri);
    return input.kind === 'file' ? input.path : input.kind === 'v4l2' ? input.device : '';
  };
  assert.equal(await path('file:///a/b%20c%3F%23.mp4'), '/a/b c?#.mp4');
  assert.equal(await path('file:clip.mp4'), `${process.cwd()}/clip.mp4`);
  assert.equal(
    await path('v4l2:///dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0'),
    '/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0',
  );
});

test('options can be set from outside', () => {
  assert.equal(withOptions('file:///a.mp4', { realtime: '0' }), 'file:///a.mp4?realtime=0');
  assert.equal(
    withOptions('file:///a.mp4?loop=1&realtime=1', { realtime: '0' }),
    'file:///a.mp4?loop=1&realtime=0',
  );
  assert.equal(camera(withOptions('stills:/x?loop=1', { realtime: '0' })).pacing, 'lossless');
});

test('command lines: transports, whitelists and formats by scheme and ffmpeg version', async () => {
  const line = async (uri: string, major = 5, minor = 1) => {
    const { input, options } = await opened(uri);
    return frameArguments(input, options, { major, minor }).join(' ');
  };
  const rtsp = await line('rtsp://h/x');
  assert.match(rtsp, /-flags low_delay .*-f concat -safe 0 -protocol_whitelist pipe,rtp,tcp,tls -i pipe:4 /);
  const script = async (uri: string, major = 5) => {
    const { input } = await opened(uri);
    return inputScript(input, { major, minor: 0 });
  };
  const list = (await script("rtsp://adm1n:s3cr'et@h/x?y='z'"))?.split('\n') ?? [];
  assert.equal(list[0], 'ffconcat version 1.0');
  assert.equal(list[1], "file 'rtsp://adm1n:s3cr'\\''et@h/x?y='\\''z'\\'''");
  assert.ok(list.includes('option rtsp_transport tcp') && list.includes('option timeout 10000000'));
  assert.doesNotMatch(await line('rtsp://adm1n:s3cret@h/x?authToken=t0ken'), /adm1n|s3cret|t0ken/);
  // ffmpeg 4 knows no options in a list
  assert.match(
    await line('rtsp://h/x', 4, 3),
    /-rtsp_transport tcp .*-stimeout 10000000 -protocol_whitelist rtp,tcp,tls -i rtsp:\/\/h\/x .*-vsync passthrough/,
  );
  for (const uri of ['v4l2:///dev/video2', 'file:///a.mp4']) assert.equal(await script(uri), undefined);
  assert.equal(await script('rtsp://h/x', 4), undefined);
  const v4l2 = await line('v4l2:///dev/video2?width=640&height=480&fps=30');
  assert.match(v4l2, /-f v4l2 .*-input_format mjpeg -video_size 640x480 -framerate 30 -i \/dev\/video2 /);
  assert.match(
    await line('v4l2:///dev/video0?format=yuyv422'),
    /-input_format yuyv422 -video_size 1280x720 -framerate 15/,
  );
  const file = await line('file:///a.mp4?loop=1');
  assert.match(
    file,
    /-stream_loop -1 -re .*-protocol_whitelist file -i file:\/a.mp4 .*-fps_mode passthrough/,
  );
  assert.doesNotMatch(await line('file:///a.mp4?realtime=0'), /-re |-stream_loop/);
  for (const each of [rtsp, v4l2, file]) assert.match(each, /^-nostdin /);
});
