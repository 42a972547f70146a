import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

const FRONT = { id: 'front', door: 'locked', relay: 'off', holdMs: 3000, mode: 'normal' };
const path = { door: 'front' };
const noSuchDoor = problems('No such door.', {
  unknown: problemExample(['not_found', 'there is no door back'], { request: { path: { door: 'back' } } }),
});
const refusals = {
  404: noSuchDoor,
  409: problems('NO DOOR CONNECTED (`no_door`), or the door is in lockdown. Nothing moved.'),
  503: problems('The relay did not obey (`relay_fault`), or the door is starting or ending.'),
};

export const V1_DOORS = {
  list: {
    tag: TAG.doors,
    summary: 'Every door',
    answers: { 200: { description: 'The doors.', examples: { one: { value: { doors: [FRONT] } } } } },
  },
  get: {
    tag: TAG.doors,
    summary: 'One door',
    answers: {
      200: { description: 'The door.', examples: { locked: { request: { path }, value: FRONT } } },
      404: noSuchDoor,
    },
  },
  unlock: {
    tag: TAG.doors,
    summary: 'Release the lock for one pulse',
    description: 'A pulse that runs is extended to `holdMs` from now. Journalled with who asked.',
    answers: {
      200: {
        description: 'The relay has obeyed.',
        examples: {
          pulsed: { request: { path }, value: { door: 'front', relay: 'pulsed', holdMs: 3000 } },
        },
      },
      ...refusals,
    },
  },
  lock: {
    tag: TAG.doors,
    summary: 'End a pulse',
    answers: {
      200: {
        description: 'The relay has obeyed.',
        examples: { locked: { request: { path }, value: { door: 'front', locked: true } } },
      },
      ...refusals,
    },
  },
  mode: {
    tag: TAG.doors,
    summary: 'Set the mode of a door',
    description:
      '`normal`; `held_open`: the lock stays released; `lockdown`: only the exit button and the fire input release it, also after a restart; `schedule`: as the schedules say. For `forS` seconds, or until the next command. Journalled with who asked (`door.mode_changed`).',
    answers: {
      200: {
        description: 'The door obeys; a lockdown is on disk.',
        examples: {
          normal: { request: { path, json: { mode: 'normal' } }, value: { door: 'front', mode: 'normal' } },
        },
      },
      404: problems('No such door.', {
        unknown: problemExample(['not_found', 'there is no door back'], {
          request: { path: { door: 'back' }, json: { mode: 'normal' } },
        }),
      }),
    },
  },
} satisfies Record<string, Description>;
