/**
 * One output that releases a lock. Closing, and the death of the process, leave the line in its safe state where
 * the hardware allows it; `open` puts it there before it resolves. The driver handles active-low.
 */
export interface Relay {
  readonly uri: string;
  /** False only for `memory:`; a real relay is not armed without liveness (see the access policy). */
  readonly real: boolean;
  /** @throws LimenError `relay_unavailable` naming device, line and the fix */
  open(): Promise<void>;
  /**
   * Energises or releases the line, or rejects, within a bounded time: the door waits for one command before the
   * next. @throws LimenError `relay_fault`; the line is then to be taken as unknown
   */
  set(energised: boolean): Promise<void>;
  /** What the line was last commanded to. */
  readonly energised: boolean;
  /** Releases the line and the device. Idempotent. */
  close(): Promise<void>;
}
