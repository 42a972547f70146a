// A process that holds a relay: `relay-holder.ts URI` obeys `on` and `off` on stdin and answers each line, the opening
// included, with `on`, `off` or `refused CODE MESSAGE`. At the end of stdin it closes the relay.
import { createInterface } from 'node:readline';
import { LimenError } from '../../../src/core/errors.ts';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';

const relay = relayFor(process.argv[2] ?? '', new SystemClock());
const answer = (text: string) => process.stdout.write(`${text}\n`);
try {
  await relay.open();
  answer('off');
  for await (const line of createInterface({ input: process.stdin })) {
    await relay.set(line === 'on');
    answer(relay.energised ? 'on' : 'off');
  }
  await relay.close();
} catch (cause) {
  if (!(cause instanceof LimenError)) throw cause;
  answer(`refused ${cause.code} ${cause.message}`);
  process.exitCode = 1;
}
