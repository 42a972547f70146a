import Type from 'typebox';
import { section } from './key.ts';

/** A name that is valid as one MQTT level and as one part of a host name's file paths. */
export const DEVICE_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

export const DeviceSchema = Type.Optional(
  Type.String({
    pattern: DEVICE_PATTERN,
    form: 'a device name: letters, digits, `.`, `-` and `_`, at most 64',
    reload: 'restart',
    unset: "the machine's host name",
    example: 'entrance-1',
    description: "This device's name in topics and events.",
  }),
);

/** The device name for a machine called `hostname`. */
export function deviceFromHostname(hostname: string): string {
  const short = hostname.split('.')[0] ?? '';
  const name = short.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '');
  return name.slice(0, 64) || 'limen';
}

export const JournalSchema = section(
  {
    keepDays: Type.Integer({
      default: 90,
      minimum: 1,
      maximum: 3_650,
      unit: 'days',
      reload: 'restart',
      description: 'Delivered events older than this are deleted.',
    }),
    maxBytes: Type.Integer({
      default: 268_435_456,
      minimum: 16_777_216,
      maximum: 1_099_511_627_776,
      unit: 'bytes',
      reload: 'restart',
      description: 'Delivered events beyond this are deleted, oldest first; one takes some 430 bytes.',
    }),
  },
  { description: 'The record of what happened, on disk.' },
);

export const StoreSchema = section(
  {
    keepImages: Type.Boolean({
      default: false,
      reload: 'restart',
      description:
        'Keeps the pictures that people are enrolled from, encrypted, so that another model pack can embed them again.',
    }),
  },
  { description: 'What is kept of people.' },
);

export const LogSchema = section(
  {
    level: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
      default: 'info',
      reload: 'restart',
      description: 'How much is logged (on standard error).',
    }),
  },
  { description: 'The log.' },
);
