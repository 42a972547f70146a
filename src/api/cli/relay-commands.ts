import type { Command } from './command.ts';

/** What an electrician and systemd do with a line. */
export const RELAY_COMMANDS: readonly Command[] = [
  {
    name: ['relay', 'off'],
    summary: 'put every relay into its safe state, without a daemon',
    examples: ['limen relay off', 'limen relay off gpiod://gpiochip0/17'],
    words: { help: '[URI…]', min: 0, max: 16 },
    notes: 'A line that a daemon holds is refused: stop the daemon first.',
    read: ({ words: uris }, common) => ({ verb: 'relayOff', args: { ...common, uris } }),
  },
];
