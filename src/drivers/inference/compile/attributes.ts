import { isRecord, unreadable } from './json.ts';

/**
 * The attributes of one TF.js graph node: protobuf's JSON form, with integers as strings or numbers and strings as
 * base64. Every getter throws `model_unreadable` for a value of another kind.
 */
export class Attributes {
  readonly #owner: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(owner: string, values: Readonly<Record<string, unknown>>) {
    this.#owner = owner;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  integers(name: string): number[] {
    const list = this.#get(name, 'list');
    const values = isRecord(list) ? (list.i ?? []) : undefined;
    if (!Array.isArray(values)) throw this.#wrong(name, 'a list of integers');
    return values.map((value) => this.#integer(name, value));
  }

  integer(name: string): number {
    return this.#integer(name, this.#get(name, 'i'));
  }

  /** False when the attribute is absent, as protobuf's default is. */
  flag(name: string): boolean {
    const value = this.#get(name, 'b') ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'a flag');
    return value;
  }

  string(name: string): string {
    return this.#string(name, this.#get(name, 's'));
  }

  strings(name: string): string[] {
    const list = this.#get(name, 'list');
    const values = isRecord(list) ? (list.s ?? []) : undefined;
    if (!Array.isArray(values)) throw this.#wrong(name, 'a list of strings');
    return values.map((value) => this.#string(name, value));
  }

  /** Dimensions, −1 where the graph leaves one open. */
  dims(name: string): number[] {
    const shape = this.#get(name, 'shape');
    const dims = isRecord(shape) ? (shape.dim ?? []) : undefined;
    if (!Array.isArray(dims)) throw this.#wrong(name, 'a shape');
    return dims.map((dim) => this.#integer(name, isRecord(dim) ? (dim.size ?? 0) : undefined));
  }

  /** `DT_FLOAT` and so on, or undefined when absent. */
  type(name: string): string | undefined {
    const value = this.#get(name, 'type');
    return typeof value === 'string' ? value : undefined;
  }

  #get(name: string, kind: string): unknown {
    const value = this.#values[name];
    return isRecord(value) ? value[kind] : undefined;
  }

  #integer(name: string, value: unknown): number {
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw this.#wrong(name, 'an integer');
    return number;
  }

  #string(name: string, value: unknown): string {
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return Buffer.from(value, 'base64').toString('latin1');
  }

  #wrong(name: string, kind: string): Error {
    return unreadable(`attribute ${name} of node ${this.#owner} is not ${kind}`);
  }
}
