/** Why everything is to end in order: the reason of the process's `AbortSignal`. */
export class Interruption extends Error {
  /** What the process exits with when the work was cut short by it (128 + signal number, or 0). */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'AbortError';
    this.exitCode = exitCode;
  }
}
