import type { EventBody, LimenEvent } from '../events.ts';

export interface RewriteRange {
  readonly afterSeq: number;
  /** Inclusive. */
  readonly upToSeq: number;
  /** Only events whose JSON holds this text can be meant: the others are not even read. */
  readonly holding: string;
}

/**
 * The durable record of what happened. `append` gives identity and order at once and never waits for the disk:
 * the door does not wait for its own diary. Alarms and grants reach the disk at once, the rest within 100 ms.
 */
export interface Journal {
  append(body: EventBody): LimenEvent;
  /** Events with `seq` greater than `afterSeq`, in order, at most `limit`; also those that are not on disk yet. */
  read(afterSeq: number, limit: number): Promise<readonly LimenEvent[]>;
  readonly lastSeq: number;
  /**
   * Up to here events may be told to others: a power cut does not take them back. While the disk refuses it is
   * `lastSeq`: an alarm that cannot be kept is told all the same.
   */
  readonly tellableSeq: number;
  /** Called after each growth of `tellableSeq`. Returns the unsubscriber. */
  onTellable(listener: () => void): () => void;
  /** Called for every event after `append`, in order, for what happens in this house. Returns the unsubscriber. */
  subscribe(listener: (event: LimenEvent) => void): () => void;
  /** Last `seq` that the named reader has delivered; 0 at first. Survives restarts. */
  cursor(reader: string): number;
  /** Moves the named reader's cursor forward (never back). */
  advance(reader: string, seq: number): void;
  /** Up to which `seq` every reader that has asked since the start has delivered; `lastSeq` when none has. */
  readonly deliveredSeq: number;
  /**
   * Puts other events in the place of some, for those who have the right to be forgotten: `change` gets the events of
   * the range and returns the same one, or one with another body. `seq`, order and identity stay. Resolves, with how
   * many changed, once no file holds what stood there. Killed meanwhile, every event is the one or the other.
   * @throws LimenError `store_fault` | `store_corrupt`; some may have changed
   */
  rewrite(range: RewriteRange, change: (event: LimenEvent) => LimenEvent): Promise<number>;
  /** Resolves when everything appended so far, cursors included, is on disk. */
  flush(): Promise<void>;
}
