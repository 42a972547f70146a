import type { Static } from 'typebox';
import Type from 'typebox';
import { AccessSchema } from './access.ts';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';
import { ScheduleId } from './schedules.ts';

/** Scheme and rest; which schemes there are is the drivers' own table. */
const URI = '^[a-z][a-z0-9+.-]*:[^\\u0000-\\u001f]*$';

export const CameraSchema = Type.String({
  default: 'auto',
  pattern: `^auto$|^webcam$|${URI}`,
  form: 'a camera URI such as `v4l2:///dev/video0` (or `auto`)',
  secret: true,
  reload: 'restart',
  description:
    'Where frames come from: `v4l2:///dev/video0?width=1280&height=720&fps=15`, `rtsp://…`, `file:///clip.mp4`, `stills:///folder`, `webcam:`; `auto` takes the first camera found.',
});

const relay = Type.Optional(
  Type.String({
    pattern: URI,
    form: "a relay URI such as `gpiod://gpiochip0/17` (or `'memory:'`, in quotes)",
    reload: 'restart',
    unset: 'NO DOOR CONNECTED',
    example: 'gpiod://gpiochip0/17',
    description:
      'The output that releases the lock: `gpiod://gpiochip0/17`, `onoff:17`, `mqtt:building/io/front`; add `?active=low` where needed. Without it decisions are published and nothing opens.',
  }),
);

const holdMs = Type.Integer({
  default: 3_000,
  minimum: 100,
  maximum: 60_000,
  unit: 'ms',
  reload: 'restart',
  description: 'How long the relay releases the lock.',
});

function line(what: string, example: string) {
  return Type.Optional(
    Type.String({
      pattern: URI,
      form: `a line such as \`${example}\``,
      reload: 'restart',
      unset: 'not fitted',
      example,
      description: what,
    }),
  );
}

const inputs = section(
  {
    contact: line('Door contact; active while the door is open.', 'gpiod://gpiochip0/5?pull=up'),
    exitButton: line('Exit button or motion detector.', 'gpiod://gpiochip0/6?pull=up&active=low'),
    tamper: line('Tamper loop; active once it is broken.', 'gpiod://gpiochip0/13?pull=up'),
    fire: line('Contact of the fire panel; active on alarm.', 'gpiod://gpiochip0/19?pull=up'),
  },
  { description: 'Wires that tell something about the door: docs/wiring.md.' },
);

const outputs = section(
  {
    granted: line('Lamp or buzzer for somebody who is let in, on for a second.', 'gpiod://gpiochip0/20'),
    denied: line('Lamp or buzzer for a face that is denied.', 'gpiod://gpiochip0/21'),
  },
  { description: 'The answer to whoever stands at the door.' },
);

const alarmMs = (fallback: number, description: string) =>
  Type.Integer({
    default: fallback,
    minimum: 0,
    maximum: 86_400_000,
    unit: 'ms',
    reload: 'restart',
    description,
  });

/** A schedule that the door follows. */
function following(description: string) {
  return Type.Optional(Type.String({ ...ScheduleId, unset: 'never', example: 'office', description }));
}

/** What every door may have besides its name, its camera and its access rules. */
const fittings = {
  relay,
  holdMs,
  inputs,
  outputs,
  onExit: Type.Enum(['unlock', 'report'], {
    default: 'unlock',
    reload: 'restart',
    description: 'What the exit button does; `report` where the way out is mechanical.',
  }),
  onFire: Type.Enum(['unlock', 'report'], {
    default: 'unlock',
    reload: 'restart',
    description: 'What the fire input does. Life safety never rests on it: docs/wiring.md.',
  }),
  heldOpenWarningMs: alarmMs(20_000, 'A door that stands open for this long is warned of; 0: never.'),
  heldOpenMs: alarmMs(30_000, 'A door that stands open for this long is an alarm; 0: never.'),
  heldOpen: following('Schedule while which the door is held open, if the clock is known to be right.'),
  lockdown: following('Schedule while which nobody is let in.'),
};

export const DoorSchema = section(fittings, { description: 'The lock of the one door `front`.' });

export const DoorsSchema = Type.Optional(
  Type.Array(
    section(
      {
        id: Type.String({
          pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
          form: 'a door name: letters, digits, `-` and `_`, at most 64',
          reload: 'restart',
          description: "The door's name in topics and events.",
        }),
        camera: CameraSchema,
        hfovDeg: Type.Optional(
          Type.Number({
            minimum: 10,
            maximum: 170,
            unit: '°',
            reload: 'restart',
            unset: '`vision.hfovDeg`',
            description: "This camera's horizontal field of view.",
          }),
        ),
        ...fittings,
        access: AccessSchema,
      },
      { description: 'One door.' },
    ),
    {
      minItems: 1,
      reload: 'restart',
      unset: 'one door `front` from `camera`, `door` and `access`',
      example: [
        { id: 'front', camera: 'v4l2:///dev/video0', relay: 'gpiod://gpiochip0/17' },
        { id: 'yard', camera: 'rtsp://10.0.0.9/live', hfovDeg: 90, access: { galleries: ['staff'] } },
      ],
      description:
        'For more than one door, instead of `camera` and `door`. `access` at the top then holds for every door that does not say otherwise.',
    },
  ),
);

export type DoorFittings = Static<typeof DoorSchema>;
export type DoorsConfig = Static<typeof DoorsSchema>;

/** Door ids are unique: they are MQTT levels, where upper and lower case are easily confused. */
export function doorsProblems(doors: DoorsConfig): ConfigProblem[] {
  const seen = new Map<string, number>();
  return doors.flatMap(({ id }, i) => {
    const first = seen.get(id.toLowerCase());
    if (first === undefined) {
      seen.set(id.toLowerCase(), i);
      return [];
    }
    return [{ path: ['doors', String(i), 'id'], message: `${id} is already the name of doors[${first}]` }];
  });
}
