import type { Role } from './role.ts';

/** What can be asked for over MQTT, with the least role that may. Those that change something are off until named. */
export const REQUEST_VERBS = {
  health: { role: 'viewer', changes: false },
  list: { role: 'viewer', changes: false },
  verify: { role: 'terminal', changes: false },
  identify: { role: 'terminal', changes: false },
  enroll: { role: 'technician', changes: true },
  remove: { role: 'technician', changes: true },
  reset: { role: 'technician', changes: true },
  lock: { role: 'technician', changes: true },
  unlock: { role: 'technician', changes: true },
  mode: { role: 'technician', changes: true },
} as const satisfies Record<string, { readonly role: Role; readonly changes: boolean }>;

export type RequestVerb = keyof typeof REQUEST_VERBS;

export const REQUEST_VERB_NAMES = Object.keys(REQUEST_VERBS) as readonly RequestVerb[];

export function isRequestVerb(name: string): name is RequestVerb {
  return Object.hasOwn(REQUEST_VERBS, name);
}
