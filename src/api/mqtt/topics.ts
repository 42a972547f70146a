import { LimenError } from '../../core/errors.ts';

/** One level of a topic: no separator, no wildcard, no control character; `$` at the front is the broker's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses (MQTT 5, 1.5.4)
const LEVEL = /^(?!\$)[^/+#\u0000-\u001f\u007f-\u009f]{1,64}$/u;

/**
 * The daemon's topics: `<prefix>/<device>/availability`, `<prefix>/<device>/<door>/{state,event,faces}`, and
 * `<prefix>/<device>/<door>/request/<verb>`, answered on `…/response/<verb>`. Events that belong to no door go to
 * `<prefix>/<device>/event`; doors have one level more, so no door id can collide.
 */
export class Topics {
  readonly #root: string;

  /** @throws LimenError `config_invalid` when the prefix or the device cannot be part of a topic */
  constructor(options: { prefix: string; device: string }) {
    for (const part of options.prefix.split('/')) requireLevel('mqtt.prefix', part);
    this.#root = `${options.prefix}/${requireLevel('device', options.device)}`;
  }

  get availability(): string {
    return `${this.#root}/availability`;
  }

  /** Retained; the door as it is now. */
  state(door: string): string {
    return `${this.#root}/${requireLevel('door id', door)}/state`;
  }

  /** Never refuses: an event of a door that cannot be a level goes to the device's topic, with the door inside. */
  event(door: string | undefined): string {
    return door === undefined || !LEVEL.test(door) ? `${this.#root}/event` : `${this.#root}/${door}/event`;
  }

  faces(door: string): string {
    return `${this.#root}/${requireLevel('door id', door)}/faces`;
  }

  /** Where a door's requests come in; without a verb the filter of all of them. */
  request(door: string, verb = '+'): string {
    return `${this.#root}/${requireLevel('door id', door)}/request/${verb}`;
  }

  /** The requests of every door. */
  get requests(): string {
    return `${this.#root}/+/request/+`;
  }

  /** Where the answers to `verb` go. */
  response(door: string, verb: string): string {
    return `${this.#root}/${requireLevel('door id', door)}/response/${verb}`;
  }
}

function requireLevel(what: string, value: string): string {
  if (LEVEL.test(value)) return value;
  throw new LimenError(
    'config_invalid',
    `${what} ${JSON.stringify(value)} cannot be a topic level: 1 to 64 characters, no / + # or control characters`,
  );
}
