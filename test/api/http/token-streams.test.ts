import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { HttpRoutes } from '../../../src/api/http/routes.ts';
import { encodeJpeg, plainImage } from '../../../src/drivers/media/image-edit.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { CameraView } from '../../../src/services/viewing/camera-view.ts';
import { type ServingOptions, serve } from './serving.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function house(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const { access, clock, url } = serving;
  /** `forMs`: until it expires. */
  const token = async (name: string, forMs?: number) => {
    const expiresAt =
      forMs === undefined ? undefined : new Date(clock.wall().getTime() + forMs).toISOString();
    const made = await access.tokens.create({
      ...{ name, role: 'technician', actor: 'test' },
      ...(expiresAt !== undefined && { expiresAt }),
    });
    assert.equal(made.kind, 'created');
    return { id: made.token.id, secret: made.secret };
  };
  const open = async (path: string, { secret }: { secret: string }): Promise<Reader> => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal(response.status, 200);
    return (response.body as ReadableStream<Uint8Array>).getReader();
  };
  return { ...serving, token, open };
}

/** Rejects once the connection is cut; resolves when it ends in order. */
async function readOn(reader: Reader): Promise<void> {
  while (!(await reader.read()).done);
}

function camera() {
  const clock = new SystemClock();
  const view = new CameraView({
    ...{ door: 'front', camera: 'stills:', clock, encoder: { encodeJpeg: (image) => encodeJpeg(image, 75) } },
    counts: () => ({ captured: 1, dropped: 0 }),
  });
  const frame = { ...plainImage(64, 48, [90, 90, 90]), seq: 1, capturedAtMs: clock.nowMs() };
  view.show({ frame, faces: [], stages: new Map() });
  return view;
}

for (const path of ['/v1/events/live', '/v1/cameras/front/stream']) {
  test(`${path}: cut when its token is revoked, and when it expires; others go on`, async (t) => {
    const { access, clock, token, open } = await house(t, { views: [camera()] });
    const [panel, visitor, desk] = [
      await token('panel'),
      await token('visitor', 3_600_000),
      await token('desk'),
    ];
    const [revoked, expired, other] = [
      await open(path, panel),
      await open(path, visitor),
      await open(path, desk),
    ];
    for (const reader of [revoked, expired, other]) assert.equal((await reader.read()).done, false);
    await access.tokens.revoke(panel.id, 'test');
    await assert.rejects(readOn(revoked));
    clock.advance(3_599_999);
    let cut = false;
    const ending = assert.rejects(readOn(expired)).then(() => {
      cut = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(cut, false);
    clock.advance(1);
    await ending;
    let ended = false;
    const end = () => {
      ended = true;
    };
    other.closed.then(end, end);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ended, false);
    await other.cancel();
  });
}

test('a stream that begins after its token was revoked is cut as well', async (t) => {
  let begin = () => {};
  const slow: HttpRoutes = (app) =>
    app.get('/slow', { config: { role: 'viewer' } }, async (_request, reply) => {
      await new Promise<void>((resolve) => {
        begin = resolve;
        asked();
      });
      reply.type('text/plain');
      return reply.send(Readable.from(ticks()));
    });
  let asked = () => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { access, clock, token, open } = await house(t, { routes: [slow] });
  const panel = await token('panel');
  const opening = open('/slow', panel);
  await reached;
  await access.tokens.revoke(panel.id, 'test');
  begin();
  const reader = await opening;
  const cut = assert.rejects(readOn(reader));
  clock.advance(1_000);
  await cut;
});

async function* ticks(): AsyncGenerator<string, void> {
  for (;;) {
    yield 'tick';
    await new Promise((resolve) => setImmediate(resolve));
  }
}
