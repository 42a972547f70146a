import type { LimenError } from '../errors.ts';

export interface InputListener {
  /** The level: once right after the opening, then after every debounced change, in order. */
  level(active: boolean): void;
  /** The line cannot be read any more; nothing follows until it is opened again. */
  lost(error: LimenError): void;
}

/**
 * One wire that tells something about a door: contact, exit button, tamper loop, fire panel. The driver handles
 * active-low and debouncing. Drives nothing.
 */
export interface InputLine {
  readonly uri: string;
  /**
   * Begins listening; the first level is told before this resolves. One listener at a time.
   * @throws LimenError `input_unavailable` naming device, line and the fix
   */
  open(listener: InputListener): Promise<void>;
  /** Gives the line back; nothing is told from then on. Idempotent, legal before `open`. */
  close(): Promise<void>;
}
