import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cameraFor } from '../../../src/drivers/camera/camera-for.ts';
import { FfmpegVideoDecoder } from '../../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { childPids, noFfmpeg, writeNumberedClip } from '../../contract/camera-clips.ts';
import { RtspServer } from '../../contract/camera-rtsp-server.ts';

const clock = new SystemClock();
const program = new FfmpegProgram({ clock });
const { signal } = new AbortController();

test('the password of an RTSP camera stands in no command line and no environment of a process', {
  skip: noFfmpeg,
}, async (t) => {
  if ((await program.version()).major < 5)
    return t.skip('ffmpeg 4 takes an address on its command line only');
  const folder = mkdtempSync(join(tmpdir(), 'limen-rtsp-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clip = join(folder, 'clip.mp4');
  writeNumberedClip(clip, { frames: 50, fps: 25 });
  const server = new RtspServer("door:s3c'ret");
  const port = await server.start(clip);
  t.after(() => server.stop());
  const uri = `rtsp://door:s3c'ret@127.0.0.1:${port}/live?authToken=t0'ken#silenceMs=120000`;
  const video = new FfmpegVideoDecoder(program);
  const deps = { video, images: new SharpImageDecoder(), clock, log: silentLog, runtimeDir: folder };
  const stream = await cameraFor(uri, deps).open(signal);
  t.after(() => stream.close());
  assert.ok((await stream.next(signal)) !== null);
  const players = childPids().filter((pid) => pid !== server.packerPid);
  assert.equal(players.length, 1);
  for (const what of ['cmdline', 'environ']) {
    const shown = readFileSync(`/proc/${players[0]}/${what}`, 'latin1');
    assert.ok(what === 'environ' || shown.includes('ffmpeg'));
    assert.doesNotMatch(shown, /s3c|t0'ken|rtsp:/);
  }
  return undefined;
});
