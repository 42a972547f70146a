import { LimenError } from '../../core/errors.ts';
import type { Command, Given } from './command.ts';

/** What is measured on site. */
export const CALIBRATE: Command = {
  name: ['calibrate', 'distance'],
  summary: "measure a camera's focal length, so that distances are right",
  examples: [
    'limen calibrate distance --metres 1.5',
    'limen calibrate distance --door yard --metres 1.2 --ipd 62',
  ],
  options: {
    metres: { type: 'string', value: 'M', help: 'from the lens to the eyes, by tape' },
    door: { type: 'string', value: 'DOOR', help: 'whose camera; may be left out where there is one' },
    ipd: { type: 'string', value: 'MM', help: "between your pupils, as on an optician's prescription" },
  },
  notes:
    'Stand before the camera, alone, at a distance that you have measured (1 to 2 m),\n' +
    'look at it and stand still for some seconds. Without --ipd the mean of adults is\n' +
    'taken, which alone leaves 6 %. Holds at once, also in a running daemon.',
  read: (given, common) => {
    const door = given.text('door');
    const metres = number(given, 'metres', 0.2, 10);
    if (metres === undefined) throw new LimenError('usage', 'calibrate distance needs --metres M');
    const ipdMm = number(given, 'ipd', 45, 80);
    return {
      verb: 'calibrateDistance',
      args: {
        ...common,
        metres,
        ...(door !== undefined && { door }),
        ...(ipdMm !== undefined && { ipdMm }),
      },
    };
  },
};

function number(given: Given, option: string, least: number, most: number): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new LimenError('usage', `--${option} ${text}: a number from ${least} to ${most}`);
}
