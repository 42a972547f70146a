import type { Frame } from '../image.ts';

/**
 * One source of frames, named by a URI. A camera is opened, read and closed by one reader at a time; after
 * `close` it may be opened again. Reopening with backoff is the reader's task (`services/watch`).
 */
export interface Camera {
  /** The URI without credentials. */
  readonly uri: string;
  /** `live`: newest frame wins. `lossless`: every frame is delivered and the source waits for the reader. */
  readonly pacing: 'live' | 'lossless';
  /** It shows what was recorded before and says so: its pictures may come again. Absent where a sensor looks. */
  readonly recorded?: true;
  /**
   * Starts capturing. Resolves when the source delivers or is expected to within `Camera`'s own open timeout.
   * @throws LimenError `camera_unavailable` | `camera_format` with the operator's next step
   */
  open(signal: AbortSignal): Promise<CameraStream>;
}

export interface CameraStream {
  /**
   * The newest frame that has not been returned yet, waiting for one when there is none; `null` once the source
   * has ended (files and folders played once). At most one frame waits inside; older ones are dropped and counted.
   * @throws LimenError `camera_lost` when the source died or fell silent; the stream is then closed
   */
  next(signal: AbortSignal): Promise<Frame | null>;
  /** Frames captured, and those dropped for newer ones, since opening. */
  readonly counts: { readonly captured: number; readonly dropped: number };
  /** Ends the child process or device handle and waits for it. Idempotent, bounded, legal while `next` waits. */
  close(): Promise<void>;
}
