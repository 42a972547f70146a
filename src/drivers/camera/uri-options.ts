import { LimenError } from '../../core/errors.ts';

/** Reads `a=1&b=2` by type and range; what nobody asked for is an error that lists what there is. */
export class UriOptions {
  readonly #shown: string;
  readonly #given: URLSearchParams;
  readonly #known: string[] = [];

  constructor(shown: string, query: string) {
    this.#shown = shown;
    this.#given = new URLSearchParams(query);
  }

  /** A whole number from `min` to `max`. @throws LimenError `uri_invalid` */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) this.#fail(`${name}=${text}: a whole number from ${min} to ${max}`);
    return value;
  }

  /** `1`, `true`, `0` or `false`. @throws LimenError `uri_invalid` */
  flag(name: string): boolean | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    if (!['0', '1', 'true', 'false'].includes(text)) this.#fail(`${name}=${text}: 1 or 0`);
    return text === '1' || text === 'true';
  }

  /** One short word of letters, digits, `_` and `-`. @throws LimenError `uri_invalid` */
  word(name: string): string | undefined {
    const text = this.#take(name);
    if (text !== undefined && !/^[a-z0-9_-]{1,32}$/i.test(text)) this.#fail(`${name}: a single word`);
    return text;
  }

  /** Call when every option was read. @throws LimenError `uri_invalid` for an unknown one */
  done(): void {
    const unknown = [...this.#given.keys()].find((name) => !this.#known.includes(name));
    if (unknown !== undefined) this.#fail(`unknown option ${unknown}; there are ${this.#known.join(', ')}`);
  }

  #take(name: string): string | undefined {
    this.#known.push(name);
    return this.#given.get(name) ?? undefined;
  }

  #fail(message: string): never {
    throw new LimenError('uri_invalid', `${this.#shown}: ${message}`);
  }
}
