import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { parseAddressRange } from '../../src/core/address-range.ts';

test('ranges and single addresses of both families', () => {
  for (const [text, address, family, prefix] of [
    ['10.0.0.0/24', '10.0.0.0', 4, 24],
    ['0.0.0.0/0', '0.0.0.0', 4, 0],
    ['10.0.0.7', '10.0.0.7', 4, 32],
    ['fd00::/8', 'fd00::', 6, 8],
    ['::1', '::1', 6, 128],
  ] as const) {
    assert.deepEqual(parseAddressRange(text, isIP), { address, family, prefix }, text);
  }
});

test('anything else is none', () => {
  for (const text of [
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/1e1',
  ]) {
    assert.equal(parseAddressRange(text, isIP), undefined, text);
  }
  for (const text of ['localhost', '10.0.0/8', '10.0.0.0/ 8', '10.0.0.0/0x8', ' 10.0.0.0/8']) {
    assert.equal(parseAddressRange(text, isIP), undefined, text);
  }
});
