import { OnoffRelay } from '../../src/drivers/relay/onoff.ts';
import { relayFor } from '../../src/drivers/relay/schemes.ts';
import { ManualClock } from '../../src/runtime/clock.ts';
import { FarRelay } from '../drivers/relay/far-relay.ts';
import { onoffStandIn } from '../drivers/relay/onoff-stand-in.ts';
import { relayContract } from './relay.ts';

const clock = new ManualClock();

relayContract({ name: 'memory', make: () => relayFor('memory:', clock), real: false });

relayContract({
  name: 'onoff with a stand-in package',
  make: () => {
    const { load } = onoffStandIn();
    return new OnoffRelay('onoff:17', { number: 17, activeLow: false }, { load, sysfs: '/' });
  },
  real: true,
});

relayContract({
  name: 'mqtt with a far end in this process',
  make: () => relayFor('mqtt:building/io/front', clock, new FarRelay()),
  real: true,
});

/** Real lines are never guessed: something may hang on them. */
for (const [variable, example] of [
  ['LIMEN_TEST_GPIOD', 'gpiod://gpiochip0/0'],
  ['LIMEN_TEST_ONOFF', 'onoff:512'],
] as const) {
  const uri = process.env[variable];
  relayContract({
    name: uri ?? example.split(':')[0] ?? example,
    make: () => relayFor(uri ?? example, clock),
    real: true,
    skip: uri === undefined && `set ${variable} to a line that may be switched, such as ${example}`,
  });
}
