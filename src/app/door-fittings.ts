import { join } from 'node:path';
import type { Config, DoorConfig } from '../config/config.ts';
import { scheduleOf } from '../config/schedules.ts';
import type { Broker } from '../core/ports/broker.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import { inputFor } from '../drivers/relay/input-schemes.ts';
import { relayFor } from '../drivers/relay/schemes.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import type { Component } from '../runtime/component.ts';
import type { Health } from '../runtime/health.ts';
import type { Door } from '../services/door/door.ts';
import { DoorInputs } from '../services/door/door-inputs.ts';
import { DOOR_INPUTS } from '../services/door/door-machine.ts';
import { DoorModes } from '../services/door/door-modes.ts';
import { DOOR_RULES, type DoorRules } from '../services/door/door-rules.ts';
import { type LockdownDocument, parseLockdowns } from '../services/door/lockdown-document.ts';
import { SIGNALS, Signals } from '../services/door/signals.ts';

/** What the site has fitted and decided, as the door's machine takes it. */
export function doorRules({ holdMs, onExit, onFire, inputs, ...door }: DoorConfig): DoorRules {
  const { heldOpenWarningMs, heldOpenMs } = door;
  const exitButton = inputs.exitButton !== undefined;
  return { ...DOOR_RULES, holdMs, onExit, onFire, exitButton, heldOpenWarningMs, heldOpenMs };
}

export interface DoorFittings {
  /** Lockdown, held open and normal, by command or schedule. */
  readonly modes: DoorModes;
  /** In order of start: after the doors themselves, before anything that could open one. */
  readonly components: readonly Component[];
}

/** Everything at the doors besides camera and lock: modes, inputs, lamps and buzzers. */
export function doorFittings(
  config: Config,
  doors: readonly Door[],
  parts: { stateDir: string; broker: Broker; journal: Journal; clock: Clock; log: Log; health: Health },
): DoorFittings {
  const { clock, broker, log } = parts;
  const fitted = config.doors.flatMap((of) => {
    const door = doors.find(({ id }) => id === of.id);
    return door === undefined ? [] : [{ of, door }];
  });
  const schedule = (id: string | undefined) =>
    id === undefined ? undefined : scheduleOf(config.schedules, id);
  const document = new DocumentFile<LockdownDocument>({
    path: join(parts.stateDir, 'lockdown.json'),
    log,
    name: 'lockdown',
    schema: 1,
    initial: { doors: [] },
    // a lockdown must not end because its file cannot be read, so that stops the start
    parse: parseLockdowns,
  });
  const modes = new DoorModes({
    doors: fitted.map(({ of, door }) => ({
      door,
      heldOpen: schedule(of.heldOpen),
      lockdown: schedule(of.lockdown),
    })),
    calendar: config.calendar,
    document,
    journal: parts.journal,
    clock,
    log,
  });
  const inputs = fitted.map(({ of, door }) => {
    const lines = fromUris(DOOR_INPUTS, of.inputs, (uri) => inputFor(uri, clock));
    return new DoorInputs({ ...parts, door, lines });
  });
  const signals = fitted.map(({ of, door }) => {
    const outputs = fromUris(SIGNALS, of.outputs, (uri) => relayFor(uri, clock, broker));
    return new Signals({ ...parts, door: door.id, outputs });
  });
  return { modes, components: [document, modes, ...inputs, ...signals] };
}

function fromUris<K extends string, T>(
  names: readonly K[],
  uris: Readonly<Partial<Record<K, string>>>,
  make: (uri: string) => T,
): Partial<Record<K, T>> {
  const made: Partial<Record<K, T>> = {};
  for (const name of names) {
    const uri = uris[name];
    if (uri !== undefined) made[name] = make(uri);
  }
  return made;
}
