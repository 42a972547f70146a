import type { EventBody, LimenEvent, RelayReport } from '../../../src/core/events.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import type { Person, PersonRef } from '../../../src/core/person.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Gatekeeper, type Unlockable } from '../../../src/services/access/gatekeeper.ts';
import type { AccessPolicy } from '../../../src/services/access/policy.ts';
import { ALICE, look, POLICY } from './evidence-of.ts';

export const UNKNOWN = { match: { person: { gallery: 'default', id: 'alice' }, score: 0.1, margin: 0 } };

/** A gatekeeper with a door and a store that answer as told, and everything it said. */
export function lobby(
  options: {
    relay?: () => Promise<RelayReport>;
    real?: boolean;
    connected?: boolean;
    policy?: Partial<AccessPolicy>;
    people?: (ref: PersonRef) => Promise<Person | undefined>;
    append?: () => never;
    mode?: Unlockable['mode'];
  } = {},
) {
  const clock = new ManualClock({ epoch: new Date('2026-06-01T12:00:00Z') });
  const events: EventBody[] = [];
  const unlocks: number[] = [];
  const lock: Unlockable = {
    connected: options.connected ?? true,
    real: options.real ?? true,
    holdMs: 3_000,
    mode: options.mode ?? 'normal',
    unlock: ({ capturedAtMs }) => {
      unlocks.push(capturedAtMs);
      return options.relay?.() ?? Promise.resolve('pulsed');
    },
  };
  const gatekeeper = new Gatekeeper({
    door: 'front',
    policy: { ...POLICY, ...options.policy },
    people: { get: options.people ?? (async () => ALICE) },
    lock,
    journal: {
      append: (body) => {
        options.append?.();
        events.push(body);
        return body as LimenEvent;
      },
    },
    clock,
    log: silentLog,
  });
  let at = 0;
  /** Shows the given faces for `frames` frames at 10 per second, 20 ms after their capture. */
  const show = async (frames: number, ...faces: Partial<FaceObservation>[]) => {
    for (let i = 0; i < frames; i++) {
      clock.advanceTo(at * 100 + 20);
      await gatekeeper.observe({ faces: faces.map((face) => look(at, face)) });
      at++;
    }
  };
  const said = () => events.map((event) => (event.reason ? `${event.type} ${event.reason}` : event.type));
  return { clock, events, unlocks, gatekeeper, show, said };
}
