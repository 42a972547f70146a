import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { headerText } from '../../../src/api/http/header-text.ts';
import { encodeRequestLine } from '../../../src/api/http/raw-target.ts';
import { parseAddressRange } from '../../../src/core/address-range.ts';
import { serve } from './serving.ts';

const SEED = 20261121;

/** Any text without halves of surrogate pairs. */
const text = fc.string({ unit: 'binary' }).filter((value) => !/\p{Cs}/u.test(value));
const bytes = fc.uint8Array({ maxLength: 200 });

function header(raw: string): string | undefined {
  return headerText(
    { raw: { headersDistinct: { username: [raw] } } } as unknown as FastifyRequest,
    'username',
  );
}

test('a header gives back whatever text was put in, raw or percent-encoded, and takes any bytes', () => {
  fc.assert(
    fc.property(text, (value) => {
      const expected = value.trim() === '' ? undefined : value;
      assert.equal(header(encodeURIComponent(value)), expected);
      if (!value.includes('%')) assert.equal(header(Buffer.from(value).toString('latin1')), expected);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  fc.assert(
    fc.property(bytes, (raw) => {
      const read = header(Buffer.from(raw).toString('latin1'));
      assert.ok(read === undefined || (read.trim() !== '' && !/\p{Cs}/u.test(read)));
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('a request line becomes ASCII and decodes to what was typed; what follows it stays as it is', () => {
  fc.assert(
    fc.property(bytes, bytes, (line, rest) => {
      const first = Buffer.from(line).filter((byte) => byte !== 0x0a);
      const packet = Buffer.concat([first, Buffer.from('\n'), rest]);
      const encoded = encodeRequestLine(packet);
      const end = encoded.indexOf(0x0a);
      const target = encoded.subarray(0, end).toString('latin1');
      assert.ok([...encoded.subarray(0, end)].every((byte) => byte < 0x80));
      assert.deepEqual(encoded.subarray(end + 1), Buffer.from(rest));
      if (!first.includes(0x25)) {
        const decoded = target.replace(/%([\dA-F]{2})/g, (_, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        assert.deepEqual(Buffer.from(decoded, 'latin1'), Buffer.from(first));
      }
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('an address range is one of a real family and a width that it has, or none', () => {
  const near = fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), fc.oneof(fc.integer().map(String), fc.string()))
    .map(([address, prefix]) => `${address}/${prefix}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), near), (value) => {
      const range = parseAddressRange(value, isIP);
      if (range === undefined) return;
      assert.equal(isIP(range.address), range.family);
      const width = range.family === 4 ? 32 : 128;
      assert.ok(Number.isInteger(range.prefix) && range.prefix >= 0 && range.prefix <= width, value);
    }),
    { seed: SEED, numRuns: 3_000 },
  );
});

test('a multipart body that is cut, mixed up or made of anything is a refusal, never a fault', async (t) => {
  const { url, store } = await serve(t);
  const whole = Buffer.from(
    '--x\r\nContent-Disposition: form-data; name="id"\r\n\r\nanna\r\n' +
      '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n' +
      'Content-Type: image/png\r\n\r\nthis is no picture\r\n--x--\r\n',
  );
  const harm = fc.oneof(
    fc.nat(whole.length).map((end) => whole.subarray(0, end)),
    fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => {
      const copy = Buffer.from(whole);
      copy[at] = value;
      return copy;
    }),
    fc
      .tuple(fc.nat(whole.length), bytes)
      .map(([at, more]) => Buffer.concat([whole.subarray(0, at), more, whole.subarray(at)])),
    bytes.map((any) => Buffer.from(any)),
  );
  const types = fc.constantFrom(
    'multipart/form-data; boundary=x',
    'multipart/form-data; boundary="x"',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/mixed; boundary=x',
    `multipart/form-data; boundary=${'x'.repeat(300)}`,
  );
  const paths = fc.constantFrom(
    '/register/',
    '/v1/identify',
    '/face',
    '/api/enroll?username=a',
    '/api/verify',
  );
  await fc.assert(
    fc.asyncProperty(harm, types, paths, async (body, type, path) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(body) };
      const response = await fetch(url + path, init);
      const answer = await response.text();
      assert.ok(response.status < 500, `${path} → ${response.status} ${answer}`);
      assert.doesNotThrow(() => JSON.parse(answer), answer);
    }),
    { seed: SEED, numRuns: 400 },
  );
  assert.deepEqual(await store.list(), []);
});
