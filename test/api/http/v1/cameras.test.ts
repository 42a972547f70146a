import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { encodeJpeg, plainImage } from '../../../../src/drivers/media/image-edit.ts';
import { SystemClock } from '../../../../src/runtime/clock.ts';
import { CameraView } from '../../../../src/services/viewing/camera-view.ts';
import { decoded } from '../../../fixtures/package-faces.ts';
import { serve } from '../serving.ts';

function camera() {
  const clock = new SystemClock();
  const view = new CameraView({
    ...{ door: 'front', camera: 'stills:', clock, encoder: { encodeJpeg: (image) => encodeJpeg(image, 75) } },
    counts: () => ({ captured: 2, dropped: 1 }),
  });
  let seq = 0;
  const show = (grey: number) => {
    const image = plainImage(64, 48, [grey, grey, grey]);
    const frame = { ...image, seq: seq++, capturedAtMs: clock.nowMs() };
    const box = { x: 20, y: 10, width: 20, height: 20 };
    view.show({ frame, faces: [{ box, verdict: 'denied' }], stages: new Map() });
  };
  return { view, show };
}

/** The pictures of a `multipart/x-mixed-replace` answer. */
async function* picturesOf(response: IncomingMessage): AsyncGenerator<Buffer, void> {
  let text = Buffer.alloc(0);
  for await (const chunk of response) {
    text = Buffer.concat([text, chunk as Buffer]);
    for (;;) {
      const head = /--limen-picture\r\ncontent-type: image\/jpeg\r\ncontent-length: (\d+)\r\n\r\n/.exec(
        text.toString('latin1'),
      );
      if (head === null) break;
      const from = head.index + head[0].length;
      const to = from + Number(head[1]);
      if (text.length < to) break;
      yield text.subarray(from, to);
      text = text.subarray(to);
    }
  }
}

function open(t: TestContext, url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      response.on('error', () => {});
      resolve(response);
    });
    request.on('error', reject);
    t.after(() => request.destroy());
  });
}

test('state for viewers, a snapshot with boxes for technicians', async (t) => {
  const { view, show } = camera();
  const { url } = await serve(t, { views: [view] });
  const none = await fetch(`${url}/v1/cameras/front/snapshot`);
  assert.deepEqual([none.status, none.headers.get('retry-after')], [503, '5']);
  assert.equal(((await none.json()) as { code: string }).code, 'camera_lost');
  show(100);
  const { cameras } = (await (await fetch(`${url}/v1/cameras`)).json()) as { cameras: { ageMs: number }[] };
  assert.ok((cameras[0]?.ageMs ?? -1) >= 0);
  const snapshot = await fetch(`${url}/v1/cameras/front/snapshot`);
  assert.deepEqual([snapshot.status, snapshot.headers.get('content-type')], [200, 'image/jpeg']);
  const picture = await decoded(new Uint8Array(await snapshot.arrayBuffer()));
  assert.deepEqual([picture.width, picture.height], [64, 48]);
  const [red, green] = picture.data.subarray((11 * 64 + 30) * 3);
  assert.ok((red as number) > (green as number) + 60, `${red} ${green}`);
  assert.equal((await fetch(`${url}/v1/cameras/back/snapshot`)).status, 404);
  const viewer = await serve(t, {
    views: [view],
    settings: { clients: [{ cidr: '127.0.0.1', role: 'viewer' }] },
  });
  const status = async (path: string) => (await fetch(viewer.url + path)).status;
  assert.equal(await status('/v1/cameras'), 200);
  assert.equal(await status('/v1/cameras/front/snapshot'), 403);
  assert.equal(await status('/v1/cameras/front/stream'), 403);
});

test('moving pictures, for four at a time, until the server stops', async (t) => {
  const { view, show } = camera();
  const { url, server } = await serve(t, { views: [view] });
  const address = `${url}/v1/cameras/front/stream`;
  const responses = await Promise.all([0, 1, 2, 3].map(() => open(t, address)));
  assert.match(String(responses[0]?.headers['content-type']), /^multipart\/x-mixed-replace; boundary=/);
  assert.equal((await fetch(address)).status, 503);
  const viewers = responses.map(picturesOf);
  for (const grey of [50, 150]) {
    const next = viewers.map((viewer) => viewer.next());
    show(grey);
    for (const { value } of await Promise.all(next)) {
      const picture = await decoded(new Uint8Array(value as Buffer));
      assert.ok(Math.abs((picture.data[0] as number) - grey) < 8);
    }
  }
  const ends = viewers.map((viewer) => viewer.next().catch(() => ({ done: true })));
  await server.stop();
  assert.ok((await Promise.all(ends)).every(({ done }) => done));
});
