import type { InputLine, InputListener } from '../../../src/core/ports/door-input.ts';

/** The emulated machine is slow; this is no promise of the driver. */
const LONGEST_MS = 60_000;
/** Longer than debouncing and looking take together, for what must not be told. */
const QUIET_MS = 1_500;

export const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

/** An input together with what moves its wire; `move` resolves once the level was told, or nothing listens. */
export class MovedInput implements InputLine {
  readonly #input: InputLine;
  readonly #drive: (active: boolean) => void;
  #told: boolean | undefined;

  constructor(input: InputLine, drive: (active: boolean) => void) {
    this.#input = input;
    this.#drive = drive;
  }

  get uri(): string {
    return this.#input.uri;
  }

  async open(listener: InputListener): Promise<void> {
    await this.#input.open({
      level: (active) => {
        this.#told = active;
        listener.level(active);
      },
      lost: (error) => listener.lost(error),
    });
  }

  async close(): Promise<void> {
    await this.#input.close();
    this.#told = undefined;
  }

  async move(active: boolean): Promise<void> {
    this.#drive(active);
    if (this.#told === undefined) return void (await quiet());
    await until(() => this.#told === active, `${this.uri} tells ${active}`);
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > LONGEST_MS) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
