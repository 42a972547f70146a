import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { headerText } from '../../../src/api/http/header-text.ts';

/** `bytes` as Node hands them over: one character each. */
function read(...values: (string | Buffer)[]): string | undefined {
  const username = values.map((bytes) => Buffer.from(bytes as string).toString('latin1'));
  const headersDistinct = values.length === 0 ? {} : { username };
  return headerText({ raw: { headersDistinct } } as unknown as FastifyRequest, 'username');
}

const cases: [bytes: string | Buffer, text: string | undefined][] = [
  ['John', 'John'],
  ['Zoë 李 😀', 'Zoë 李 😀'],
  ['Zo%C3%AB %e6%9d%8e %F0%9F%98%80', 'Zoë 李 😀'],
  ['Zoë %E6%9D%8E', 'Zoë 李'],
  ['Test%20User', 'Test User'],
  ['a+b', 'a+b'],
  ['100%', '100%'],
  ['100% Zo%C3%AB', '100% Zoë'],
  ['50%25', '50%'],
  ['%2541', '%41'],
  ['%zz%4', '%zz%4'],
  ['%C3', '%C3'],
  ['%C3%41', '%C3A'],
  ['%E9', '%E9'],
  ['%FF%FE', '%FF%FE'],
  // overlong, a surrogate, beyond Unicode
  ['%C0%80', '%C0%80'],
  ['%ED%A0%80', '%ED%A0%80'],
  ['%F7%BF%BF%BF', '%F7%BF%BF%BF'],
  [Buffer.from([0x5a, 0x6f, 0xeb]), 'Zoë'],
  ['', undefined],
  [' \t', undefined],
  ['%20', undefined],
];

for (const [bytes, text] of cases) {
  test(`header value ${JSON.stringify(bytes.toString('latin1'))} reads as ${JSON.stringify(text)}`, () => {
    assert.equal(read(bytes), text);
  });
}

test('a header that was not sent, or sent twice, has no text', () => {
  assert.equal(read(), undefined);
  assert.equal(read('a', 'b'), undefined);
});
