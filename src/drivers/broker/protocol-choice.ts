/** Protocol levels as CONNECT carries them: 5 is MQTT 5, 4 is MQTT 3.1.1. */
export type ProtocolLevel = 5 | 4;
export type ProtocolSetting = 'auto' | '5' | '3.1.1';

/** How an attempt ended before the broker accepted it, as far as it speaks of the version. */
export type RefusalKind = 'version_refused' | 'closed_early' | 'other';

/**
 * Which MQTT version the next attempt speaks. `auto` begins with 5 and goes to 3.1.1 when the broker refuses the
 * version, or hangs up before answering (what brokers older than the version do); the one that worked is kept. A
 * broker that once accepted a version is not doubted because it hangs up: that is a broker going down.
 */
export class ProtocolChoice {
  readonly #setting: ProtocolSetting;
  #next: ProtocolLevel;
  #worked: ProtocolLevel | undefined;

  constructor(setting: ProtocolSetting) {
    this.#setting = setting;
    this.#next = setting === '3.1.1' ? 4 : 5;
  }

  get next(): ProtocolLevel {
    return this.#next;
  }

  accepted(level: ProtocolLevel): void {
    this.#worked = level;
    this.#next = level;
  }

  /** Takes note of a failed attempt; true when the other version is worth trying without waiting. */
  refused(level: ProtocolLevel, kind: RefusalKind): boolean {
    if (this.#setting !== 'auto') return false;
    if (kind === 'version_refused') this.#worked = undefined;
    if (this.#worked !== undefined) return false;
    const tryOlder = level === 5 && kind !== 'other';
    this.#next = tryOlder ? 4 : 5;
    return tryOlder;
  }
}

export function protocolName(level: ProtocolLevel): string {
  return level === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
}
