import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Relay } from '../../src/core/ports/relay.ts';

export interface RelayBackend {
  readonly name: string;
  /** A closed relay on a line that nobody else uses. */
  readonly make: () => Relay;
  readonly real: boolean;
  /** Why this backend cannot be opened on this machine. */
  readonly skip?: string | false;
}

/** What every relay promises (`core/ports/relay.ts`). */
export function relayContract({ name, make, real, skip = false }: RelayBackend): void {
  test(`${name}: says what it is`, { skip }, () => {
    const relay = make();
    assert.equal(relay.real, real);
    assert.match(relay.uri, /^[a-z]+:/);
    assert.equal(relay.energised, false);
  });

  test(`${name}: opens released, follows commands, and repeats are harmless`, { skip }, async () => {
    const relay = make();
    await relay.open();
    try {
      assert.equal(relay.energised, false);
      for (const energised of [true, true, false, false, true]) {
        await relay.set(energised);
        assert.equal(relay.energised, energised);
      }
    } finally {
      await relay.close();
    }
    assert.equal(relay.energised, false);
  });

  test(`${name}: refuses commands before open and after close`, { skip }, async () => {
    const relay = make();
    await assert.rejects(relay.set(true), { code: 'relay_fault' });
    await relay.open();
    await relay.close();
    await assert.rejects(relay.set(true), { code: 'relay_fault' });
    assert.equal(relay.energised, false);
  });

  test(`${name}: close is idempotent, legal before open, and gives the line back`, { skip }, async () => {
    const relay = make();
    await relay.close();
    for (let i = 0; i < 3; i++) {
      await relay.open();
      await relay.set(true);
      await relay.close();
      await relay.close();
    }
    const next = make();
    await next.open();
    assert.equal(next.energised, false);
    await next.close();
  });
}
