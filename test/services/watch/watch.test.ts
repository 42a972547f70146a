import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/image.ts';
import type { Camera } from '../../../src/core/ports/camera.ts';
import { Backoff } from '../../../src/runtime/backoff.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Watch } from '../../../src/services/watch/watch.ts';

type Step = 'frame' | 'lost' | 'end' | 'wait';

/** A camera that plays one script for each opening; a missing script cannot be opened. */
class ScriptedCamera implements Camera {
  readonly uri = 'scripted:';
  readonly pacing = 'live';
  readonly #scripts: Step[][];
  openings = 0;
  closings = 0;

  constructor(...scripts: Step[][]) {
    this.#scripts = scripts;
  }

  async open() {
    this.openings++;
    const script = this.#scripts.shift();
    if (script === undefined) throw new LimenError('camera_unavailable', 'nothing plugged in');
    let seq = 0;
    const close = async () => {
      this.closings++;
    };
    return {
      counts: { captured: 0, dropped: 0 },
      close,
      next: async (signal: AbortSignal): Promise<Frame | null> => {
        const step = script.shift() ?? 'lost';
        if (step === 'end') return null;
        if (step === 'lost') throw new LimenError('camera_lost', 'cable pulled');
        if (step === 'wait') {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return null;
        }
        return { seq: seq++, capturedAtMs: 0, width: 1, height: 1, data: new Uint8Array(3) };
      },
    };
  }
}

function house(camera: ScriptedCamera, over: Partial<ConstructorParameters<typeof Watch>[0]> = {}) {
  const clock = new ManualClock();
  const health = new Health();
  const told: string[] = [];
  const watch = new Watch({
    door: 'front',
    camera,
    clock,
    health,
    log: silentLog,
    backoff: new Backoff({ firstMs: 1_000, maxMs: 30_000, jitter: 0 }),
    consumer: {
      frame: async (frame) => void told.push(`frame ${frame.seq}`),
      frozen: (reason) => void told.push(reason),
      lost: (reason) => void told.push(`lost: ${reason}`),
      recovered: () => void told.push('recovered'),
    },
    onProgress: () => void told.push('progress'),
    ...over,
  });
  return { watch, clock, health, told };
}

/** Lets everything that can go on without time passing go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a source that ends by itself ends the watch, is closed, and does not pass for a camera that works', async () => {
  const camera = new ScriptedCamera(['frame', 'frame', 'end']);
  const { watch, told, health } = house(camera);
  await watch.start();
  await watch.finished();
  assert.equal(health.snapshot().status, 'degraded');
  assert.deepEqual(told, ['frame 0', 'progress', 'frame 1', 'progress']);
  assert.equal(camera.closings, 1);
});

test('a lost camera is reported once, reopened after the backoff, and reported back', async () => {
  const camera = new ScriptedCamera(['frame', 'lost'], ['frame', 'end']);
  const { watch, clock, told, health } = house(camera);
  await watch.start();
  await settle();
  assert.deepEqual(told, ['frame 0', 'progress', 'lost: cable pulled', 'progress']);
  assert.equal(health.snapshot().status, 'degraded');
  clock.advance(999);
  await settle();
  assert.equal(camera.openings, 1);
  clock.advance(1);
  await watch.finished();
  assert.deepEqual(told.slice(4), ['recovered', 'frame 0', 'progress']);
  assert.equal(health.snapshot().status, 'degraded', 'over, since the script has ended');
});

test('the camera is reopened although whoever is told of its loss fails', async () => {
  const camera = new ScriptedCamera(['lost'], ['frame', 'end']);
  const consumer = {
    frame: async () => {},
    frozen: () => {},
    lost: () => {
      throw new LimenError('store_fault', 'the journal is closed');
    },
    recovered: () => {},
  };
  const { watch, clock } = house(camera, { consumer });
  await watch.start();
  await settle();
  clock.advance(1_000);
  await watch.finished();
  assert.equal(camera.openings, 2);
});

test('a camera that never opens is tried for ever, at most 30 s apart, with one report', async () => {
  const camera = new ScriptedCamera();
  const { watch, clock, told } = house(camera);
  await watch.start();
  await settle();
  for (let i = 0; i < 400; i++) {
    clock.advance(1_000);
    await settle();
  }
  // 1 + 2 + 4 + 8 + 16 s, then every 30 s
  assert.equal(camera.openings, 1 + 5 + Math.floor((400 - 31) / 30));
  assert.equal(told.filter((line) => line.startsWith('lost')).length, 1);
  await watch.stop();
});

test('while the camera is lost the watchdog is fed at least every five seconds', async () => {
  const { watch, clock, told } = house(new ScriptedCamera());
  await watch.start();
  await settle();
  for (let i = 0; i < 120; i++) {
    told.length = 0;
    for (let s = 0; s < 5; s++) {
      clock.advance(1_000);
      await settle();
    }
    assert.ok(told.includes('progress'), `nothing in the 5 s before ${clock.nowMs()} ms`);
  }
  await watch.stop();
});

test('a frame that cannot be processed is no progress and does not end the watch', async () => {
  const camera = new ScriptedCamera(['frame', 'frame', 'end']);
  const consumer = {
    frame: async (frame: Frame) => {
      if (frame.seq === 0) throw new LimenError('inference_failed', 'broken');
    },
    frozen: () => {},
    lost: () => assert.fail('the camera is not lost'),
    recovered: () => {},
  };
  const { watch, told } = house(camera, { consumer });
  await watch.start();
  await watch.finished();
  assert.deepEqual(told, ['progress']);
});

test('stop is legal while a frame is awaited, twice, and closes the stream', async () => {
  const camera = new ScriptedCamera(['frame', 'wait']);
  const { watch } = house(camera);
  await watch.start();
  await settle();
  await Promise.all([watch.stop(), watch.stop()]);
  assert.equal(camera.closings, 1);
});

test('stop is legal during the backoff', async () => {
  const { watch } = house(new ScriptedCamera());
  await watch.start();
  await settle();
  await watch.stop();
});

test('with whenLost: end, a source that cannot be opened ends the watch with its error', async () => {
  const { watch } = house(new ScriptedCamera(), { whenLost: 'end' });
  await watch.start();
  await assert.rejects(watch.finished(), (cause: LimenError) => cause.code === 'camera_unavailable');
  await watch.stop();
});

test('settled waits for the first frame or the first report of a loss', async () => {
  for (const script of [['frame', 'wait'], ['lost'], ['end']] as Step[][]) {
    const { watch } = house(new ScriptedCamera(script));
    await watch.start();
    await watch.settled();
    await watch.stop();
  }
});
