import type { EventBody, LimenEvent } from '../events.ts';

/**
 * The durable record of what happened. `append` gives identity and order at once and never waits for the disk:
 * the door does not wait for its own diary. Alarms and grants reach the disk at once, the rest within 100 ms.
 */
export interface Journal {
  append(body: EventBody): LimenEvent;
  /** Events with `seq` greater than `afterSeq`, in order, at most `limit`. */
  read(afterSeq: number, limit: number): Promise<readonly LimenEvent[]>;
  readonly lastSeq: number;
  /** Called for every event after `append`, in order. Returns the unsubscriber. */
  subscribe(listener: (event: LimenEvent) => void): () => void;
  /** Last `seq` that the named reader has delivered; 0 at first. Survives restarts. */
  cursor(reader: string): number;
  /** Moves the named reader's cursor forward (never back). */
  advance(reader: string, seq: number): void;
  /** Resolves when everything appended so far, cursors included, is on disk. */
  flush(): Promise<void>;
}
