import type { ModelPack } from '../../core/model-pack.ts';
import type { Session } from '../session.ts';

/** What the doctor examines. */
export interface Patient {
  readonly session: Session;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pack: ModelPack;
  /** Whether a daemon holds the state directory: then it is asked, and no device is touched. */
  readonly running: boolean;
}
