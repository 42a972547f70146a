import { inputFor } from '../../src/drivers/relay/input-schemes.ts';
import { MemoryInput } from '../../src/drivers/relay/memory-input.ts';
import { OnoffInput } from '../../src/drivers/relay/onoff-input.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { onoffStandIn } from '../drivers/relay/onoff-stand-in.ts';
import { inputContract } from './door-input.ts';

inputContract({
  name: 'memory',
  make: () => {
    const input = new MemoryInput('memory:');
    return { input, move: async (active) => input.set(active) };
  },
});

inputContract({
  name: 'onoff with a stand-in package',
  make: () => {
    const { load, move } = onoffStandIn();
    const target = { number: 17, activeLow: false, debounceMs: 50 };
    const input = new OnoffInput('onoff:17', target, { load, sysfs: '/' });
    return { input, move: async (active) => move(active) };
  },
});

/** Real lines are never guessed: something may hang on them. They are not moved from here. */
for (const [variable, example] of [
  ['LIMEN_TEST_GPIOD_INPUT', 'gpiod://gpiochip0/1?pull=up'],
  ['LIMEN_TEST_ONOFF_INPUT', 'onoff:513'],
] as const) {
  const uri = process.env[variable];
  inputContract({
    name: uri ?? example,
    make: () => ({ input: inputFor(uri ?? example, new SystemClock()) }),
    skip: uri === undefined && `set ${variable} to a line that may be read, such as ${example}`,
  });
}
