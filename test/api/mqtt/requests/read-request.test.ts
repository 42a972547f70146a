import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transactionIn } from '../../../../src/api/mqtt/requests/read-request.ts';

const picture = 'A'.repeat(1_000_000);

test('the transaction of a request that is not parsed is found before or behind a large picture', () => {
  for (const transaction of ['1', 'ü"\\\u0000', 'x'.repeat(128)]) {
    for (const request of [
      { transaction },
      { transaction, image: picture },
      { token: 'limen_x', id: 'a'.repeat(128), transaction, image: picture, gallery: 'g' },
      { image: picture, id: 'a'.repeat(128), transaction },
    ]) {
      assert.equal(transactionIn(Buffer.from(JSON.stringify(request))), transaction);
      assert.equal(transactionIn(Buffer.from(JSON.stringify(request, undefined, 2))), transaction);
    }
  }
});

test('what only looks like a transaction is none', () => {
  for (const text of [
    '',
    'nonsense',
    '{"transaction":7}',
    '{"transaction":""}',
    `{"transaction":"${'x'.repeat(129)}"}`,
    '{"transaction":"\\x"}',
    JSON.stringify({ id: '{"transaction":"1"}', image: picture }),
    JSON.stringify({ id: ',"transaction":"1"', image: picture }),
  ]) {
    assert.equal(transactionIn(Buffer.from(text)), undefined, text.slice(0, 40));
  }
  assert.equal(transactionIn(Buffer.from([0xff, 0xfe, 0x7b])), undefined);
});
