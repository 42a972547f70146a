// A small process that holds relays and pulses them: `node pulser.js DIST PULSE_MS URI@DELAY_MS…`, on the built drivers,
// because starting tsx takes too long here. It says `open`, waits for a line on stdin, says `go`, and each pulse begins
// after its delay. Its sign of life, every 50 ms, is the monotonic clock in ms.
import { join } from 'node:path';

const [dist, pulseMs, ...pulses] = process.argv.slice(2);
const { relayFor } = await import(join(dist, 'drivers/relay/schemes.js'));
const { SystemClock } = await import(join(dist, 'runtime/clock.js'));

const say = (text) => process.stdout.write(`${text}\n`);
const clock = new SystemClock();
const relays = [];
for (const pulse of pulses) {
  const [uri, delayMs] = pulse.split('@');
  const relay = relayFor(uri, clock);
  await relay.open();
  relays.push({ relay, delayMs: Number(delayMs) });
}
setInterval(() => say(Number(process.hrtime.bigint()) / 1e6), 50);
say('open');
process.stdin.once('data', () => {
  for (const { relay, delayMs } of relays) {
    clock.after(delayMs, async () => {
      await relay.set(true);
      clock.after(Number(pulseMs), () => relay.set(false));
    });
  }
  say('go');
});
