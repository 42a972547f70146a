import { type AccessConfig, accessProblems } from './access.ts';
import { mailProblems } from './accounts.ts';
import { deviceFromHostname } from './daemon.ts';
import { type DeepReadonly, deepFreeze, withDefaults } from './defaults.ts';
import { type DoorFittings, doorsProblems } from './doors.ts';
import { httpProblems } from './http.ts';
import { keySchema } from './key.ts';
import { mqttProblems } from './mqtt.ts';
import type { ConfigProblem } from './problem.ts';
import { scheduleProblems, unknownSchedules } from './schedules.ts';
import { type FileConfig, FileSchema, INPUT_SCHEMA } from './schema.ts';
import { validate } from './validate.ts';
import { readYaml } from './yaml.ts';

/** One door with everything that concerns it. */
export interface DoorConfig extends DeepReadonly<DoorFittings> {
  readonly id: string;
  /** A camera URI, or `auto`. */
  readonly camera: string;
  /** Horizontal field of view of the camera, degrees. */
  readonly hfovDeg: number;
  readonly access: DeepReadonly<AccessConfig>;
}

/** The validated configuration, complete and frozen. */
export interface Config extends DeepReadonly<Omit<FileConfig, 'camera' | 'door' | 'doors' | 'access'>> {
  readonly device: string;
  /** At least one. */
  readonly doors: readonly DoorConfig[];
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Reads a configuration file's text. Every problem is reported, in the order of the file, not only the first.
 * `hostname` gives the device its name when the file does not.
 */
export function parseConfig(text: string, options: { readonly hostname: string }): ConfigResult {
  const file = readYaml(text.replace(/^\uFEFF/, ''), INPUT_SCHEMA);
  const problems: ConfigProblem[] = [...file.problems];
  const raw = file.value as Partial<FileConfig>;
  let config: Config | undefined;
  if (file.readable) {
    const invalid = validate(INPUT_SCHEMA, raw);
    problems.push(
      ...invalid
        .filter((problem) => !file.problems.some((known) => known.path.join() === problem.path.join()))
        .map(({ at, ...problem }) => ({ ...problem, ...file.locate(problem.path, at) })),
    );
    // Keys are compared with one another only in sections where each of them is right by itself.
    const unsound = new Set(problems.map(({ path }) => path[0]));
    const sound = Object.fromEntries(Object.entries(raw).filter(([key]) => !unsound.has(key)));
    const complete = fillIn(sound);
    problems.push(
      ...disagreements(raw, complete).map((problem) => ({
        ...problem,
        ...file.locate(problem.path, 'value'),
      })),
    );
    config = deepFreeze(resolve(complete, options.hostname)) as Config;
  }
  if (problems.length > 0 || config === undefined) {
    return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
  }
  return { ok: true, config };
}

/** Defaults filled in; a door's own `access` keys come before those at the top. */
function fillIn(raw: Partial<FileConfig>): FileConfig {
  const doors = raw.doors?.map((door) => ({ ...door, access: { ...raw.access, ...door.access } }));
  return withDefaults(keySchema(FileSchema), doors === undefined ? raw : { ...raw, doors }) as FileConfig;
}

function disagreements(raw: Partial<FileConfig>, complete: FileConfig): ConfigProblem[] {
  const both = (['camera', 'door'] as const)
    .filter((key) => raw.doors !== undefined && raw[key] !== undefined)
    .map((key) => ({ path: [key], message: '`doors` is given as well; say it there for each door' }));
  const topAccess = accessProblems(complete.access, ['access']);
  const doorAccess =
    topAccess.length > 0
      ? []
      : (complete.doors ?? []).flatMap((door, i) =>
          accessProblems(door.access, ['doors', String(i), 'access']),
        );
  return [
    ...both,
    ...topAccess,
    ...doorAccess,
    ...doorsProblems(complete.doors ?? []),
    ...scheduleProblems(complete.schedules, complete.calendar),
    ...unknownSchedules(complete.schedules, namedSchedules(complete)),
    ...mqttProblems(complete.mqtt),
    ...httpProblems(complete.http),
    ...mailProblems(complete.mail),
  ];
}

/** Every place that names a schedule. */
function namedSchedules({ access, door, doors }: FileConfig) {
  const hours = (of: AccessConfig, path: readonly string[]) =>
    of.hours.map(({ schedule: id }, i) => ({ path: [...path, 'hours', String(i), 'schedule'], id }));
  const modes = (of: DoorFittings, path: readonly string[]) =>
    (['heldOpen', 'lockdown'] as const).map((key) => ({ path: [...path, key], id: of[key] }));
  const several = (doors ?? []).flatMap((each, i) => {
    const path = ['doors', String(i)];
    return [...modes(each, path), ...hours(each.access, [...path, 'access'])];
  });
  return [...hours(access, ['access']), ...modes(door, ['door']), ...several];
}

function resolve(file: FileConfig, hostname: string): Config {
  const { camera, door, doors, access, device, ...sections } = file;
  const hfovDeg = file.vision.hfovDeg;
  return {
    ...sections,
    device: device ?? deviceFromHostname(hostname),
    doors: doors?.map((each) => ({ hfovDeg, ...each })) ?? [
      { id: 'front', camera, hfovDeg, ...door, access },
    ],
  };
}
