import type { InputLine, InputListener } from '../../core/ports/door-input.ts';

/** An input for desks, demos and tests, moved by `set`. */
export class MemoryInput implements InputLine {
  readonly uri: string;
  #active = false;
  #listener: InputListener | undefined;

  constructor(uri: string) {
    this.uri = uri;
  }

  set(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#listener?.level(active);
  }

  async open(listener: InputListener): Promise<void> {
    this.#listener = listener;
    listener.level(this.#active);
  }

  async close(): Promise<void> {
    this.#listener = undefined;
  }
}
