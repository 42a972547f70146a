/** Several workers whose progress counts only together: one that stands still is not hidden by the others. */
export class JointProgress {
  readonly #awaited: Set<string>;
  readonly #members: readonly string[];
  readonly #onAll: () => void;

  constructor(members: readonly string[], onAll: () => void) {
    this.#members = members;
    this.#awaited = new Set(members);
    this.#onAll = onAll;
  }

  /** `member` has done something. When all have since the last time, `onAll` is called. */
  report(member: string): void {
    this.#awaited.delete(member);
    if (this.#awaited.size > 0) return;
    for (const name of this.#members) this.#awaited.add(name);
    this.#onAll();
  }
}
