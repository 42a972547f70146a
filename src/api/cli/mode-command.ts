import { LimenError } from '../../core/errors.ts';
import { COMMANDED_MODES, type CommandedMode, MAX_MODE_S } from '../../services/door/door-modes.ts';
import type { Command } from './command.ts';

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** The modes of the doors, shown and set. */
export const MODE: Command = {
  name: ['mode'],
  summary: 'show or set the mode of a door, lockdown for instance',
  examples: [
    'limen mode front lockdown --for 2h',
    'limen mode front held_open --for 30m',
    'limen mode front schedule',
    'limen mode',
  ],
  words: { help: '[DOOR MODE]', min: 0, max: 2 },
  options: {
    for: { type: 'string', value: 'TIME', help: '90s, 30m, 2h, 1d; else until the next command' },
  },
  notes:
    'Modes: normal; lockdown: only the exit button and the fire input open, also after a restart;\n' +
    'held_open: the lock stays released; schedule: as the schedules say. The daemon must run.',
  read: (given, common) => {
    const [door, mode] = given.words;
    const time = given.text('for');
    if (door === undefined) {
      if (time !== undefined) throw new LimenError('usage', '`--for` needs a door and a mode');
      return { verb: 'mode', args: common };
    }
    if (!isMode(mode)) {
      const what = mode === undefined ? `${door} into which mode?` : `there is no mode ${mode}:`;
      throw new LimenError('usage', `${what} one of ${COMMANDED_MODES.join(', ')}`);
    }
    if (time === undefined) return { verb: 'mode', args: { ...common, set: { door, mode } } };
    if (mode === 'schedule') {
      throw new LimenError('usage', '`schedule` takes no --for: it is what every mode falls back to');
    }
    return { verb: 'mode', args: { ...common, set: { door, mode, forS: seconds(time) } } };
  },
};

function isMode(text: string | undefined): text is CommandedMode {
  return COMMANDED_MODES.some((mode) => mode === text);
}

/** @throws LimenError `usage` */
function seconds(text: string): number {
  const [, count, unit = ''] = /^(\d{1,7})([smhdw])$/.exec(text) ?? [];
  const forS = Number(count) * (UNIT_S[unit] ?? Number.NaN);
  if (forS >= 1 && forS <= MAX_MODE_S) return forS;
  throw new LimenError('usage', `--for ${text} is not a time such as 90s, 30m, 2h or 1d, of at most 31d`);
}
