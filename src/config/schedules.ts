import type { Static } from 'typebox';
import Type from 'typebox';
import { type Calendar, knownTimeZone, parseWindow, type Schedule } from '../core/schedule.ts';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';

export const CalendarSchema = section(
  {
    timeZone: Type.String({
      default: 'UTC',
      minLength: 1,
      maxLength: 64,
      reload: 'restart',
      description: 'Where the clock on the wall hangs that schedules go by, for instance `Europe/Zurich`.',
    }),
    holidays: Type.Array(
      Type.String({
        pattern: '^(\\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
        form: 'a date such as `2026-12-25`, or `12-25` for every year (in quotes)',
      }),
      {
        default: [],
        reload: 'restart',
        description: 'Days on which only windows with `hol` count: `2026-04-03`, or `12-25` for every year.',
      },
    ),
  },
  { description: 'Days and hours, as the schedules take them.' },
);

export const ScheduleId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
  form: 'the name of a schedule: letters, digits, `-` and `_`, at most 64',
  reload: 'restart',
  description: 'The name that doors and galleries use.',
});

export const SchedulesSchema = Type.Array(
  section(
    {
      id: ScheduleId,
      weekly: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        minItems: 1,
        reload: 'restart',
        description:
          '`mon-fri 07:00-18:30`, `sat,hol 10:00-14:00`, `fri-sun 22:00-06:00`, `daily 00:00-24:00`.',
      }),
    },
    { description: 'One schedule.' },
  ),
  {
    default: [],
    reload: 'restart',
    example: [{ id: 'office', weekly: ['mon-fri 07:00-18:30', 'sat 09:00-12:00'] }],
    description: 'Weekly times with names, for `access.hours`, `heldOpen` and `lockdown`.',
  },
);

export type CalendarConfig = Static<typeof CalendarSchema>;
export type SchedulesConfig = Static<typeof SchedulesSchema>;

/** Windows that cannot be read, names given twice, an unknown time zone. */
export function scheduleProblems(schedules: SchedulesConfig, calendar: CalendarConfig): ConfigProblem[] {
  const zone = knownTimeZone(calendar.timeZone)
    ? []
    : [
        {
          path: ['calendar', 'timeZone'],
          message: `\`${calendar.timeZone}\` is no time zone; write for instance Europe/Zurich`,
        },
      ];
  const rows = schedules.flatMap(({ id, weekly }, i) => {
    const first = schedules.findIndex((other) => other.id === id);
    const path = ['schedules', String(i)];
    const twice =
      first < i
        ? [{ path: [...path, 'id'], message: `${id} is already the name of schedules[${first}]` }]
        : [];
    const unread = weekly.flatMap((text, w) =>
      parseWindow(text) === undefined
        ? [
            {
              path: [...path, 'weekly', String(w)],
              message: `\`${text}\` is not a window such as \`mon-fri 07:00-18:30\``,
            },
          ]
        : [],
    );
    return [...twice, ...unread];
  });
  return [...zone, ...rows];
}

/** Names of schedules that do not exist. */
export function unknownSchedules(
  schedules: SchedulesConfig,
  named: readonly { readonly path: readonly string[]; readonly id: string | undefined }[],
): ConfigProblem[] {
  const known = schedules.map(({ id }) => id);
  return named.flatMap(({ path, id }) =>
    id === undefined || known.includes(id)
      ? []
      : [
          {
            path,
            message: `there is no schedule \`${id}\`; there ${known.length > 0 ? `are ${known.join(', ')}` : 'is none'}`,
          },
        ],
  );
}

/** The schedule of that name, read. */
export function scheduleOf(
  schedules: readonly { readonly id: string; readonly weekly: readonly string[] }[],
  id: string,
): Schedule {
  const weekly = schedules.find((schedule) => schedule.id === id)?.weekly ?? [];
  return weekly.flatMap((text) => parseWindow(text) ?? []);
}

export type { Calendar };
