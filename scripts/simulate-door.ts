// A day and more of door traffic with faults: whether the line, the journal and an MQTT subscriber agree exactly.
// node --import tsx scripts/simulate-door.ts [visits, default 10000] [seed, default 1]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventPayload } from '../src/api/mqtt/event-payload.ts';
import { doorTraffic } from '../test/integration/door-traffic.ts';

const [visits, seed] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 1)];
const directory = await mkdtemp(join(tmpdir(), 'limen-simulate-door-'));
try {
  const startedMs = performance.now();
  const { energised, journalled, events, received } = await doorTraffic({ visits, seed, directory });
  const types = new Map<string, number>();
  for (const { type } of events) types.set(type, (types.get(type) ?? 0) + 1);
  const result = {
    visits,
    seed,
    pulses: energised.length,
    lineAgreesWithJournal: isDeepStrictEqual(energised, journalled),
    subscriberAgreesWithJournal: isDeepStrictEqual(
      received.map((event) => JSON.stringify(event)),
      events.map((event) => eventPayload(event)),
    ),
    simulatedHours: Math.round(((energised.at(-1)?.[1] ?? 0) / 3_600_000) * 10) / 10,
    tookS: Math.round((performance.now() - startedMs) / 100) / 10,
    events: Object.fromEntries([...types].sort()),
  };
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  if (!result.lineAgreesWithJournal || !result.subscriberAgreesWithJournal) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
