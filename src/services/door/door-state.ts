import type { PersonRef } from '../../core/person.ts';
import { conditionOf, type DoorInputName, type DoorMachine } from './door-machine.ts';
import type { DoorCondition, DoorMode, UnlockCause } from './door-rules.ts';

export interface UnlockRequest {
  readonly cause: UnlockCause;
  /** Capture of the deciding frame; older than `deadlineMs`, and the relay is not touched. */
  readonly capturedAtMs?: number;
  /** Who asked, for the journal. */
  readonly actor?: string;
  /** Whom the door opens for, for the events that tell what came of it. */
  readonly person?: PersonRef;
  readonly track?: number;
}

/** For state topics and pages. */
export interface DoorState {
  readonly id: string;
  /** The door in one word. */
  readonly condition: DoorCondition;
  readonly lock: 'locked' | 'unlocked' | 'fault';
  readonly mode: DoorMode;
  /** URI of the relay, or `none`: NO DOOR CONNECTED. */
  readonly relay: string;
  /** What the relay last carried out. */
  readonly energised: boolean;
  /** Levels of the fitted inputs that are known; `contact` is true while the door is open. */
  readonly inputs: Readonly<Partial<Record<DoorInputName, boolean>>>;
}

/** What is shown of a door with that relay. */
export function stateOf(door: DoorMachine, id: string, relay: string): DoorState {
  const { lock, active } = door;
  const energised = lock.line === 'energised';
  return {
    id,
    condition: conditionOf(door),
    lock: lock.fault !== undefined ? 'fault' : energised ? 'unlocked' : 'locked',
    mode: lock.mode,
    relay,
    energised,
    inputs: active,
  };
}
