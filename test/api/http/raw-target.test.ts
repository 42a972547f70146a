import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequestLine } from '../../../src/api/http/raw-target.ts';

const encode = (text: string) => encodeRequestLine(Buffer.from(text)).toString();

test('raw UTF-8 in the request line is percent-encoded; nothing else changes', () => {
  assert.equal(
    encode('GET /a?u=Zoë李 HTTP/1.1\r\nX-Name: Zoë\r\n\r\nZoë'),
    'GET /a?u=Zo%C3%AB%E6%9D%8E HTTP/1.1\r\nX-Name: Zoë\r\n\r\nZoë',
  );
  assert.equal(encode('GET /a?u=Zo'), 'GET /a?u=Zo');
  const plain = Buffer.from('GET / HTTP/1.1\r\nX: ë\r\n\r\n');
  assert.equal(encodeRequestLine(plain), plain);
  assert.equal(encodeRequestLine(Buffer.alloc(0)).length, 0);
});
