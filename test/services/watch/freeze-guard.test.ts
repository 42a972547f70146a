import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/image.ts';
import type { Camera } from '../../../src/core/ports/camera.ts';
import { Backoff } from '../../../src/runtime/backoff.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { FreezeGuard } from '../../../src/services/watch/freeze-guard.ts';
import { ShownPictures } from '../../../src/services/watch/shown-pictures.ts';
import { Watch } from '../../../src/services/watch/watch.ts';

const FROZEN_MS = 5_000;

function bench() {
  const clock = new ManualClock();
  const guard = new FreezeGuard({ frozenMs: FROZEN_MS, clock });
  guard.reopened();
  let seq = 0;
  const frame = (shade: number, changes: Partial<Frame> = {}): Frame => {
    const data = new Uint8Array(12).fill(shade);
    return { seq: seq++, capturedAtMs: clock.nowMs(), width: 2, height: 2, data, ...changes };
  };
  /** One frame every 100 ms. */
  const look = (shade: number, changes: Partial<Frame> = {}) => {
    clock.advance(100);
    return guard.judge(frame(shade, changes));
  };
  return { clock, guard, look };
}

test('pictures that differ are fresh, and one that comes again is a repeat', () => {
  const { look } = bench();
  const kinds = [1, 2, 2, 3, 2, 4].map((shade) => look(shade).kind);
  assert.deepEqual(kinds, ['fresh', 'fresh', 'repeat', 'fresh', 'repeat', 'fresh']);
});

test('a recording that begins anew gives no evidence from its first picture on, and is told within a second', () => {
  const { look } = bench();
  const kindOf = (n: number) => look(n).kind;
  const loop = Array.from({ length: 120 }, (_, n) => n);
  assert.deepEqual(new Set(loop.map(kindOf)), new Set(['fresh']));
  assert.deepEqual(
    loop.slice(0, 7).map(kindOf),
    loop.slice(0, 7).map(() => 'repeat'),
  );
  const verdict = look(7);
  assert.equal(verdict.kind, 'frozen');
  assert.match(verdict.kind === 'frozen' ? verdict.reason : '', /the pictures of 12\.0 s ago come again/);
});

test('a recording of which every other picture was missed the first time is told all the same', () => {
  const { look } = bench();
  const loop = Array.from({ length: 120 }, (_, n) => n);
  for (const n of loop) if (n % 2 === 0) look(n);
  const kinds = loop.slice(0, 20).map((n) => look(n).kind);
  assert.equal(kinds.indexOf('frozen'), 14);
  assert.equal(kinds.filter((kind, n) => n % 2 === 0 && kind === 'fresh').length, 0);
});

test('a driver that hands out its few buffers in turn is frozen as one that hands out a single one', () => {
  const { look } = bench();
  const kinds = Array.from({ length: 54 }, (_, n) => look(n % 4).kind);
  assert.deepEqual(new Set(kinds.slice(4, 53)), new Set(['repeat']));
  assert.equal(kinds[53], 'frozen');
});

test('an old picture now and then, and what a server kept from before, are no alarm', () => {
  const { look, guard } = bench();
  const kinds = Array.from({ length: 220 }, (_, n) => look(n % 20 === 19 ? n - 8 : n).kind);
  assert.equal(kinds.filter((kind) => kind === 'repeat').length, 11);
  assert.ok(!kinds.includes('frozen'));
  guard.reopened();
  const kept = Array.from({ length: 30 }, (_, n) => look(180 + n).kind);
  assert.ok(!kept.includes('frozen') && kept.slice(0, 19).every((kind) => kind === 'repeat'));
  assert.equal(look(250).kind, 'fresh');
});

test('a scene without noise or motion may come again: no evidence, and no alarm', () => {
  const { look } = bench();
  const scene = (n: number) => {
    const data = new Uint8Array(12).fill(90);
    data[5] = n % 15;
    return look(90, { data });
  };
  const kinds = Array.from({ length: 200 }, (_, n) => scene(n).kind);
  assert.deepEqual(new Set(kinds.slice(15)), new Set(['repeat']));
});

test('pictures are remembered for a time, and so many of them', () => {
  let shade = 0;
  const picture = (n: number) => ({
    seq: 0,
    capturedAtMs: 0,
    width: 2,
    height: 2,
    data: new Uint8Array(12).fill(n),
  });
  const shown = new ShownPictures({ keepMs: 1_000, maxPictures: 5 });
  for (let atMs = 0; atMs < 900; atMs += 100) shown.show(picture(shade++), atMs);
  assert.equal(shown.size, 5);
  assert.equal(shown.show(picture(shade - 1), 1_500).before, 800);
  assert.equal(shown.show(picture(shade - 2), 1_900).before, undefined);
  assert.equal(shown.size, 2);
});

test('only what changes between the rows that are looked at goes unseen', () => {
  const picture = (row: number) => {
    const data = new Uint8Array(8 * 16 * 3);
    for (let y = row; y < row + 4 && y < 16; y++) data[y * 8 * 3] = 1;
    return { seq: 0, capturedAtMs: 0, width: 8, height: 16, data };
  };
  const shown = new ShownPictures();
  for (let row = 0; row <= 12; row += 4) {
    assert.equal(shown.show(picture(row), 0).before, undefined, `block of rows at ${row}`);
  }
});

test('the same picture for as long as the site says is a frozen camera, also after reopening it', () => {
  const { look, guard } = bench();
  const kinds = Array.from({ length: 51 }, () => look(7).kind);
  assert.deepEqual(new Set(kinds.slice(1, 50)), new Set(['repeat']));
  assert.equal(kinds[50], 'frozen');
  guard.reopened();
  assert.equal(look(7).kind, 'repeat');
  assert.equal(look(8).kind, 'fresh');
});

test('a counter that stands still, and times that run back, ahead or far behind, are a frozen camera', () => {
  const cases: Partial<Frame>[] = [
    { seq: 1 },
    { seq: 0 },
    { seq: Number.NaN },
    { capturedAtMs: 100 },
    { capturedAtMs: 10_000 },
    { capturedAtMs: Number.NaN },
  ];
  for (const changes of cases) {
    const { look } = bench();
    look(1);
    look(2);
    assert.equal(look(3, changes).kind, 'frozen', JSON.stringify(changes));
  }
  const { clock, look } = bench();
  look(1);
  clock.advance(10_000);
  assert.equal(look(2, { capturedAtMs: clock.nowMs() - FROZEN_MS }).kind, 'frozen');
});

test('a frozen camera is reported, closed and opened anew, and gives no evidence meanwhile', async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  let [openings, closings] = [0, 0];
  const shades = [
    [1, 2, ...Array.from({ length: 60 }, () => 2)],
    [2, 2, 3],
  ];
  const camera: Camera = {
    uri: 'v4l2:///dev/video0',
    pacing: 'live',
    open: async () => {
      const script = shades[openings++];
      if (script === undefined) throw new LimenError('camera_unavailable', 'gone');
      let seq = 0;
      return {
        counts: { captured: 0, dropped: 0 },
        close: async () => void closings++,
        next: async () => {
          const shade = script.shift();
          if (shade === undefined) return null;
          clock.advance(100);
          const data = new Uint8Array(12).fill(shade);
          return { seq: seq++, capturedAtMs: clock.nowMs(), width: 2, height: 2, data };
        },
      };
    },
  };
  const watch = new Watch({
    door: 'front',
    camera,
    clock,
    health: new Health(),
    log: silentLog,
    backoff: new Backoff({ firstMs: 1_000, maxMs: 30_000, jitter: 0 }),
    freezeGuard: new FreezeGuard({ frozenMs: FROZEN_MS, clock }),
    consumer: {
      frame: async ({ data }) => void told.push(`frame ${data[0]}`),
      frozen: () => void told.push('frozen'),
      lost: () => void told.push('lost'),
      recovered: () => void told.push('recovered'),
    },
  });
  await watch.start();
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1_000);
  await watch.finished();
  assert.deepEqual(told, ['frame 1', 'frame 2', 'frozen', 'lost', 'recovered', 'frame 3']);
  assert.equal(closings, 2);
});
