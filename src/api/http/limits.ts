import { isIPv6 } from 'node:net';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { Component } from '../../runtime/component.ts';

const WINDOW_MS = 60_000;
/** How often what has been used is written down, for after a crash. */
const SAVE_MS = 5_000;
/** Allowances of which less than this share is used are written at the end only: polling terminals wear out no disk. */
const WORTH_SAVING = 0.1;
/** Callers that are counted; of more, those who asked least make way. */
const MAX_CALLERS = 1_024;

const DocumentSchema = Type.Object({
  callers: Type.Record(
    Type.String(),
    Type.Object({
      count: Type.Integer({ minimum: 1 }),
      /** RFC 3339 UTC. */
      endsAt: Type.String(),
    }),
  ),
});

/** What has been used of allowances that still run, by caller. */
export interface LimitsDocument {
  readonly callers: Readonly<Record<string, { readonly count: number; readonly endsAt: string }>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseLimits(data: unknown): LimitsDocument {
  if (Value.Check(DocumentSchema, data)) return data satisfies Static<typeof DocumentSchema>;
  throw new TypeError('the limits do not have the shape of their schema');
}

interface Window {
  count: number;
  /** On the monotonic clock. */
  readonly endsMs: number;
}

export interface RequestLimitsParts {
  /** Started before this component. */
  readonly document: DocumentStore<LimitsDocument>;
  /** Requests a minute and caller. */
  readonly requestsPerMinute: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Counts requests by caller. A caller's minute begins with its first request; a restart does not begin it anew: what
 * is used is written down at the end, and every 5 s while somebody has used a tenth of an allowance, so that a crash
 * forgives no more than that. Not `@fastify/rate-limit`: its counts live in a store that would be all of this.
 */
export class RequestLimits implements Component {
  readonly name = 'limits';
  readonly #parts: RequestLimitsParts;
  readonly #windows = new Map<string, Window>();
  #changed = false;
  #cancelTimer: () => void = () => {};
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: RequestLimitsParts) {
    this.#parts = parts;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { document, clock } = this.#parts;
    for (const [caller, { count, endsAt }] of Object.entries(document.value.callers)) {
      // a clock that was set back makes nobody wait for more than a minute
      const leftMs = Math.min(WINDOW_MS, Date.parse(endsAt) - clock.wall().getTime());
      if (leftMs > 0) this.#windows.set(caller, { count, endsMs: clock.nowMs() + leftMs });
    }
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    await this.#saving;
    await this.#save();
  }

  /** Counts one request. Undefined: it may pass; else how long until the caller may ask again, ms. */
  take(caller: string): number | undefined {
    const nowMs = this.#parts.clock.nowMs();
    const found = this.#windows.get(caller);
    const window = found !== undefined && found.endsMs > nowMs ? found : this.#begin(caller, nowMs);
    if (window.count >= this.#parts.requestsPerMinute) return window.endsMs - nowMs;
    window.count++;
    this.#changed ||= window.count >= this.#parts.requestsPerMinute * WORTH_SAVING;
    return undefined;
  }

  #begin(caller: string, nowMs: number): Window {
    this.#windows.delete(caller);
    if (this.#windows.size >= MAX_CALLERS) this.#makeRoom(nowMs);
    const window = { count: 0, endsMs: nowMs + WINDOW_MS };
    this.#windows.set(caller, window);
    return window;
  }

  #makeRoom(nowMs: number): void {
    let least: string | undefined;
    let leastCount = Number.POSITIVE_INFINITY;
    for (const [caller, { count, endsMs }] of this.#windows) {
      if (endsMs <= nowMs) this.#windows.delete(caller);
      else if (count < leastCount) [least, leastCount] = [caller, count];
    }
    if (this.#windows.size >= MAX_CALLERS && least !== undefined) this.#windows.delete(least);
  }

  #schedule(): void {
    this.#cancelTimer = this.#parts.clock.after(SAVE_MS, () => {
      if (this.#changed) {
        this.#saving = this.#save().catch((cause) =>
          this.#parts.log.warn({ cause: toLimenError(cause).message }, 'request counts are not saved'),
        );
      }
      this.#schedule();
    });
  }

  async #save(): Promise<void> {
    this.#changed = false;
    const { document, clock } = this.#parts;
    const [nowMs, wallMs] = [clock.nowMs(), clock.wall().getTime()];
    const callers = [...this.#windows]
      .filter(([, { count, endsMs }]) => count > 0 && endsMs > nowMs)
      .map(([caller, { count, endsMs }]) => [
        caller,
        { count, endsAt: new Date(wallMs + endsMs - nowMs).toISOString() },
      ]);
    await document.update((value) =>
      callers.length === 0 && Object.keys(value.callers).length === 0
        ? value
        : { callers: Object.fromEntries(callers) },
    );
  }
}

/** The caller that an address stands for: of IPv6 the network, since one machine has a whole /64 of addresses. */
export function countedAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const [front, back] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - (front?.length ?? 0) - (back?.length ?? 0));
  const groups = [...(front ?? []), ...Array<string>(zeros).fill('0'), ...(back ?? [])];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
