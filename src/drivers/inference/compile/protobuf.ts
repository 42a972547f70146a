const UTF8 = new TextEncoder();

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * Writes one protobuf message, field by field, in the order of the calls. Only the wire types that an ONNX model
 * needs: varint, length-delimited and fixed32 (Protocol Buffers encoding, developers.google.com/protocol-buffers).
 * Large fields are held by reference until `finish` copies everything once.
 */
export class ProtobufMessage {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** A non-negative integer of at most 2^53 − 1; ONNX attributes and dimensions written here are never negative. */
  integer(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#append(varint(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#append(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, UTF8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#append(varint(value.byteLength));
    this.#append(value);
    return this;
  }

  message(field: number, value: ProtobufMessage): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#append(varint(value.#bytes));
    for (const chunk of value.#chunks) this.#append(chunk);
    return this;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return all;
  }

  #tag(field: number, wireType: number): void {
    this.#append(varint(field * 8 + wireType));
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
  }
}

function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
