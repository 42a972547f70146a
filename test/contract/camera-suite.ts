import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Frame } from '../../src/core/image.ts';
import type { Camera, CameraStream } from '../../src/core/ports/camera.ts';
import { ManualClock } from '../../src/runtime/clock.ts';
import { childPids, until } from './camera-clips.ts';

/** One backend of the camera port, prepared so that everything the port promises can be provoked. */
export interface CameraBackend {
  /** A source that does not end by itself, on the given clock (the machine's own when absent). */
  live(clock?: ManualClock): Camera;
  /** The same pictures, each delivered; absent where the source cannot wait. */
  lossless?(): Camera;
  /** How many pictures `lossless` holds; numbered from 0 (see `numberOf`). */
  readonly pictures?: number;
  readonly size: { readonly width: number; readonly height: number };
  /** The number that a picture shows. */
  number(frame: Frame): number;
  /** Lets the source of the live camera die. */
  kill?(): void | Promise<void>;
  /** Lets it fall silent without dying. */
  silence?(): void | Promise<void>;
  /** Brings back what `kill` or `silence` took away. */
  restore?(): void | Promise<void>;
  /** Processes of the test itself, not of the camera. */
  readonly ownPids?: readonly number[];
  tearDown(): Promise<void>;
}

type Body = (backend: CameraBackend) => Promise<void>;
type Optional = 'lossless' | 'kill' | 'silence';

const never = new AbortController().signal;

/** What `core/ports/camera.ts` promises, checked on one backend. */
export function cameraSuite(name: string, skip: string | false, setUp: () => Promise<CameraBackend>): void {
  const withBackend = (needs: Optional | undefined, body: Body) => async (t: TestContext) => {
    const backend = await setUp();
    try {
      if (needs !== undefined && backend[needs] === undefined) t.skip(`${name} has no ${needs}`);
      else await body(backend);
      const left = childPids().filter((pid) => !backend.ownPids?.includes(pid));
      assert.deepEqual(left, [], 'a child process is left');
    } finally {
      await backend.tearDown();
    }
  };
  const promise = (title: string, body: Body, needs?: Optional) =>
    test(title, { skip }, withBackend(needs, body));

  describe(`camera port: ${name}`, () => {
    promise('frames are whole, numbered from 0, in order, and never changed afterwards', async (backend) => {
      const stream = await backend.live().open(never);
      const kept: { frame: Frame; copy: Uint8Array }[] = [];
      for (let i = 0; i < 5; i++) {
        const frame = await taken(stream);
        assert.deepEqual([frame.width, frame.height], [backend.size.width, backend.size.height]);
        assert.equal(frame.data.length, frame.width * frame.height * 3);
        kept.push({ frame, copy: Uint8Array.from(frame.data) });
      }
      await stream.close();
      for (const [i, { frame, copy }] of kept.entries()) {
        const before = kept[i - 1]?.frame;
        assert.ok(before === undefined ? frame.seq >= 0 : frame.seq > before.seq);
        assert.ok(before === undefined || frame.capturedAtMs >= before.capturedAtMs);
        assert.ok(before === undefined || frame.data.buffer !== before.data.buffer, 'shares memory');
        assert.deepEqual(Uint8Array.from(frame.data), copy, 'written to after delivery');
      }
      assert.ok((kept.at(-1)?.frame.capturedAtMs as number) <= performance.now());
    });

    promise('the newest frame wins, at most one waits, and the counts add up', async (backend) => {
      const camera = backend.live();
      assert.equal(camera.pacing, 'live');
      const stream = await camera.open(never);
      await until(() => stream.counts.captured >= 4);
      const { captured, dropped } = stream.counts;
      assert.equal(dropped, captured - 1, 'one waits, the others were dropped');
      const newest = await taken(stream);
      assert.equal(newest.seq, captured - 1);
      let delivered = 1;
      for (; delivered < 4; delivered++) await taken(stream);
      await stream.close();
      assert.equal(stream.counts.captured, stream.counts.dropped + delivered);
    });

    promise('close ends a waiting next, is idempotent, and leaves the end', async (backend) => {
      const stream = await backend.live().open(never);
      await taken(stream);
      const waiting = stream.next(never);
      await Promise.all([stream.close(), stream.close()]);
      const last = await waiting;
      assert.ok(last === null || last.seq > 0);
      assert.equal(await stream.next(never), null);
      await stream.close();
    });

    promise('an aborted next leaves the stream usable; an aborted open leaves nothing', async (backend) => {
      const camera = backend.live();
      const early = new AbortController();
      const opening = camera.open(early.signal);
      early.abort(new Error('not now'));
      await assert.rejects(opening, /not now/);
      await assert.rejects(camera.open(AbortSignal.abort(new Error('never'))), /never/);

      const stream = await camera.open(never);
      await taken(stream);
      const impatient = new AbortController();
      const waiting = stream.next(impatient.signal).catch((cause) => cause.message);
      impatient.abort(new Error('enough'));
      const outcome = await waiting;
      assert.ok(outcome === 'enough' || typeof outcome === 'object');
      await taken(stream);
      await stream.close();
    });

    promise('it opens again after closing, and numbers from 0', async (backend) => {
      const camera = backend.live();
      for (let round = 0; round < 2; round++) {
        const stream = await camera.open(never);
        assert.equal(stream.counts.dropped + 1, stream.counts.captured);
        assert.equal((await taken(stream)).seq, stream.counts.captured - 1);
        await stream.close();
      }
    });

    promise(
      'lossless: every frame, in order, once, on the source’s own time, to a slow reader',
      async (backend) => {
        const camera = backend.lossless?.() as Camera;
        assert.equal(camera.pacing, 'lossless');
        const stream = await camera.open(never);
        const numbers: number[] = [];
        for (;;) {
          const frame = await stream.next(never);
          if (frame === null) break;
          assert.equal(frame.seq, numbers.length);
          assert.equal(frame.capturedAtMs, (frame.atS as number) * 1000);
          numbers.push(backend.number(frame));
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
        assert.deepEqual(
          numbers,
          Array.from({ length: backend.pictures as number }, (_, number) => number),
        );
        assert.deepEqual(stream.counts, { captured: backend.pictures, dropped: 0 });
        assert.equal(await stream.next(never), null);
        await stream.close();
      },
      'lossless',
    );

    promise(
      'a source that dies is lost, is closed, and can be opened again',
      async (backend) => {
        const camera = backend.live();
        const stream = await camera.open(never);
        await taken(stream);
        await backend.kill?.();
        await lost(stream);
        await lost(stream);
        await backend.restore?.();
        const again = await camera.open(never);
        assert.ok((await taken(again)).seq >= 0);
        await again.close();
      },
      'kill',
    );

    promise(
      'a source that falls silent is killed and lost',
      async (backend) => {
        const clock = new ManualClock();
        const stream = await backend.live(clock).open(never);
        await taken(stream);
        await backend.silence?.();
        // Whatever was under way when it fell silent is read first.
        let seen = -1;
        while (seen !== stream.counts.captured) {
          seen = stream.counts.captured;
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        clock.advance(600_000);
        await lost(stream, /no picture for/);
        await backend.restore?.();
      },
      'silence',
    );
  });
}

async function taken(stream: CameraStream): Promise<Frame> {
  const frame = await stream.next(never);
  assert.ok(frame !== null, 'the source ended');
  return frame;
}

/** Reads what still waited, then expects `camera_lost`. */
async function lost(stream: CameraStream, says?: RegExp): Promise<void> {
  const drain = async () => {
    while ((await stream.next(never)) !== null);
  };
  await assert.rejects(drain(), (cause: { code?: string; message: string }) => {
    assert.equal(cause.code, 'camera_lost', cause.message);
    if (says !== undefined) assert.match(cause.message, says);
    return true;
  });
}
