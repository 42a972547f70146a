import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { picture } from '../../fixtures/coloured-faces.ts';
import { form, serve } from './serving.ts';
import { UPLOAD_ENDPOINTS, upload } from './upload-endpoints.ts';

/** Far below what holds at a site, far above what a busy machine needs to answer. */
const SHORT = { headersTimeoutMs: 4_000, requestTimeoutMs: 6_000, timeoutCheckMs: 100 };

/** What came until the server closed the connection; `drip` is sent again and again meanwhile. */
function untilClosed(t: TestContext, url: string, head: string, drip: string): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    let answer = '';
    if (head !== '') socket.write(head);
    const timer = setInterval(() => {
      if (drip !== '' && socket.writable) socket.write(drip);
    }, 50);
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text;
    });
    // a reset is an end as well
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

/** An ordinary upload's status. A machine that stands still may run into the short bounds: then once more. */
async function uploadStatus(url: string, bytes: Uint8Array): Promise<number> {
  for (;;) {
    const body = form(['image', bytes, 'a']);
    const response = await fetch(url, { method: 'POST', body }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response !== undefined && response.status !== 408 && response.status !== 503) return response.status;
  }
}

const HEAD = 'POST /v1/identify HTTP/1.1\r\nHost: localhost\r\n';
const BODY =
  `${HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n` +
  '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n';

test('whoever says nothing, drips headers or drips a body is closed, and keeps nobody else waiting', async (t) => {
  const { url, admission } = await serve(t, { bounds: SHORT });
  const slow = Promise.all([
    untilClosed(t, url, '', ''),
    untilClosed(t, url, HEAD, 'X-More: 1\r\n'),
    untilClosed(t, url, BODY, 'a'),
  ]);
  const text = Buffer.from('no picture');
  assert.equal(await uploadStatus(`${url}/v1/identify`, text), 415);
  assert.deepEqual(admission.counts, { running: 0, waiting: 0 }, 'a slow body holds a place');
  const [silent, headers, bodies] = await slow;
  assert.equal(silent, '');
  assert.match(headers, /^HTTP\/1\.1 408 [\s\S]*took too long/);
  assert.match(bodies, /^HTTP\/1\.1 408 /);
  assert.equal(await uploadStatus(`${url}/v1/identify`, text), 415);
});

test('many slow bodies leave the room that they took in memory', async (t) => {
  const settings = { maxVideoBytes: 64_000_000, maxImageBytes: 10_000_000 };
  const { url } = await serve(t, { bounds: SHORT, settings });
  const large = BODY.replace('/v1/identify', '/v1/verify?id=a').replace('100000', '60000000');
  const taken = [large, large].map((head) => untilClosed(t, url, head, 'a'));
  // 160 MiB are there for all of them: a third one finds no room until the others are closed
  const third = await untilClosed(t, url, large, '');
  assert.match(third, /^HTTP\/1\.1 (503|408) /);
  await Promise.all(taken);
  assert.equal(await uploadStatus(`${url}/v1/verify?id=a`, Buffer.alloc(9_000_000)), 415);
});

test('with every place taken each endpoint says 503, when to come again, and keeps its shape', async (t) => {
  const served = await serve(t, { slots: 1, maxWaiting: 0 });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const { url, analyser, admission, store } = served;
  const account = form(['username', 'odd'], ['password', 'long enough'], ['email', 'a@example.com']);
  await fetch(`${url}/register/user`, { method: 'POST', body: account });
  const bytes = await picture({ person: 1 });
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = fetch(`${url}/v1/people/default/anna/faces`, {
    method: 'POST',
    body: form(['image', bytes, 'a.png']),
  });
  while (admission.counts.running === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const [name, endpoint] of Object.entries(UPLOAD_ENDPOINTS)) {
    if (endpoint.examines === false) continue;
    const answer = await upload({ url, agent }, endpoint, { name: 'a.png', bytes }, 'odd');
    assert.equal(answer.status, 503, `${name}: ${answer.body}`);
    assert.match(answer.retryAfter ?? '', /^[1-9]\d*$/, name);
    assert.match(answer.type, /^application\/(problem\+)?json/, name);
  }
  open();
  assert.equal((await first).status, 201);
  assert.equal((await store.list()).length, 1, 'a refused upload was stored');
});
