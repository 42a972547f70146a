import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Person } from '../../../src/core/person.ts';
import { newStoreKey } from '../../../src/drivers/store/keys/store-key.ts';
import { plainPersonCodec } from '../../../src/drivers/store/person-codec.ts';
import { SealedPersonCodec } from '../../../src/drivers/store/sealed-person-codec.ts';
import { person } from './fixtures.ts';

function ringOf(key = newStoreKey()) {
  return {
    current: key,
    find(id: string) {
      assert.equal(id, key.id);
      return key;
    },
  };
}

const LENGTH = 8;
const FACE_BOX = 12 + 4 * LENGTH + 16;

function withFaces(id: string, faces: readonly { faceId: string; modelId: string }[]): Person {
  const [face] = person(id).faces;
  assert.ok(face);
  return {
    ...person(id),
    faces: faces.map((each, i) => ({ ...face, ...each, embedding: new Float32Array(LENGTH).fill(i + 1) })),
  };
}

/** The record of `into` with its last template taken from the record of `from`. */
function transplanted(codec: SealedPersonCodec, from: Person, into: Person): Uint8Array {
  const [source, target] = [codec.encode(from), codec.encode(into)];
  return Buffer.concat([target.subarray(0, -FACE_BOX), source.subarray(-FACE_BOX)]);
}

test('a template opens only as the face, of the person and of the model that it was sealed for', () => {
  const codec = new SealedPersonCodec(ringOf());
  const ann = withFaces('ann', [{ faceId: '1', modelId: 'm@1' }]);
  assert.deepEqual(codec.decode(codec.encode(ann)), ann);
  assert.deepEqual(codec.decode(transplanted(codec, ann, { ...ann, name: 'Other' })).faces, ann.faces);
  for (const [what, other] of Object.entries({
    person: { ...ann, id: 'bob' },
    gallery: { ...ann, gallery: 'staff' },
    'split of gallery and id': { ...ann, gallery: 'defaul', id: 'tann' },
    face: withFaces('ann', [{ faceId: '2', modelId: 'm@1' }]),
    model: withFaces('ann', [{ faceId: '1', modelId: 'm@2' }]),
  })) {
    assert.throws(() => codec.decode(transplanted(codec, ann, other)), /does not open/, what);
  }
});

test('nothing of a person is legible, and no two records of one person are alike', () => {
  const codec = new SealedPersonCodec(ringOf());
  const ann = withFaces('ann', [{ faceId: '1', modelId: 'm@1' }]);
  const record = Buffer.from(codec.encode(ann));
  for (const text of ['ann', 'default', 'Name of', 'm@1', '2026-01', 'faceId']) {
    assert.equal(record.includes(text), false, text);
  }
  assert.equal(record.includes(Buffer.from(new Float32Array([1]).buffer)), false);
  const again = Buffer.from(codec.encode(ann));
  assert.notDeepEqual(again.subarray(17), record.subarray(17));
});

test('an unencrypted record is read before, never after, an encrypted one', () => {
  const plain = plainPersonCodec.encode(person('ann'));
  const ring = ringOf();
  const codec = new SealedPersonCodec(ring);
  assert.deepEqual(codec.decode(plain), person('ann'));
  assert.equal(codec.isCurrent(plain), false);
  const sealed = codec.encode(person('ann'));
  assert.equal(codec.isCurrent(sealed), true);
  assert.throws(() => codec.decode(plain), /unencrypted records stand among encrypted/);
  const mixed = new SealedPersonCodec(ring);
  mixed.decode(sealed);
  assert.throws(() => mixed.decode(plain), /unencrypted records stand among encrypted/);
});

test('a record that is cut off or of a newer type is refused', () => {
  const codec = new SealedPersonCodec(ringOf());
  const record = codec.encode(person('ann'));
  for (let length = 1; length < record.length; length++) {
    assert.throws(() => codec.decode(record.subarray(0, length)), `${length}`);
  }
  const newer = Buffer.from(record);
  newer.writeUInt8(3, 0);
  assert.throws(() => codec.decode(newer), /unknown record type 3/);
});
