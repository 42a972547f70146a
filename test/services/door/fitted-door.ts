import type { EventBody, LimenEvent } from '../../../src/core/events.ts';
import { MemoryRelay } from '../../../src/drivers/relay/memory.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Door } from '../../../src/services/door/door.ts';

export const SIGNAL = new AbortController().signal;

/** Lets everything that is already due run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A door with a contact and an exit button, on a relay in memory; `said` is what it journalled. */
export async function fitted(options: { synced?: boolean; epoch?: string } = {}) {
  const { synced = true, epoch = '2026-06-01T12:00:00Z' } = options;
  const clock = new ManualClock({ epoch: new Date(epoch), synced });
  const events: EventBody[] = [];
  const journal = {
    append: (body: EventBody) => {
      events.push(body);
      return body as LimenEvent;
    },
  };
  const relay = new MemoryRelay('memory:', clock);
  const health = new Health();
  const rules = { exitButton: true };
  const parts = { journal, clock, log: silentLog, health };
  const door = new Door({ id: 'front', relay, rules, contact: true, ...parts });
  await door.start(SIGNAL);
  const said = () => events.map(({ type, reason }) => (reason === undefined ? type : `${type} ${reason}`));
  return { ...parts, events, relay, door, said };
}
