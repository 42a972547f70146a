import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimenError } from '../../src/core/errors.ts';
import type { InputLine, InputListener } from '../../src/core/ports/door-input.ts';

export interface InputBackend {
  readonly name: string;
  /** A closed input on a line of its own; `move` changes its level and resolves once it must have been told. */
  readonly make: () => { readonly input: InputLine; readonly move?: (active: boolean) => Promise<void> };
  /** Why this backend cannot be opened on this machine. */
  readonly skip?: string | false;
}

/** A listener that remembers. */
export class Heard implements InputListener {
  readonly levels: boolean[] = [];
  readonly losses: LimenError[] = [];

  level(active: boolean): void {
    this.levels.push(active);
  }

  lost(error: LimenError): void {
    this.losses.push(error);
  }
}

/** What every input promises (`core/ports/door-input.ts`). */
export function inputContract({ name, make, skip = false }: InputBackend): void {
  test(`${name}: tells its level before the opening is over, and then only changes`, { skip }, async () => {
    const { input, move } = make();
    const heard = new Heard();
    await input.open(heard);
    try {
      assert.equal(heard.levels.length, 1);
      if (move === undefined) return;
      const [first] = heard.levels as [boolean];
      for (const active of [!first, !first, first, !first]) await move(active);
      assert.deepEqual(heard.levels, [first, !first, first, !first]);
      assert.deepEqual(heard.losses, []);
    } finally {
      await input.close();
    }
  });

  test(`${name}: is silent after close, and may be opened again`, { skip }, async () => {
    const { input, move } = make();
    await input.close();
    for (let i = 0; i < 3; i++) {
      const heard = new Heard();
      await input.open(heard);
      await input.close();
      await input.close();
      const told = heard.levels.length;
      await move?.(i % 2 === 0);
      assert.equal(heard.levels.length, told);
    }
    const again = new Heard();
    await input.open(again);
    assert.equal(again.levels.length, 1);
    await input.close();
  });
}
