import type { DoorConfig } from '../../config/config.ts';
import type { Frame } from '../../core/image.ts';
import { cameraFor } from '../../drivers/camera/camera-for.ts';
import { FfmpegProgram } from '../../drivers/media/ffmpeg-program.ts';
import { inputFor } from '../../drivers/relay/input-schemes.ts';
import { relayFor } from '../../drivers/relay/schemes.ts';
import { DOOR_INPUTS } from '../../services/door/door-machine.ts';
import { mediaRoom } from '../media-room.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

/** Mean of a picture's bytes below which nothing can be seen in it, 0 … 255. */
const BLACK = 6;

/** What hangs on this machine: cameras, relays and inputs, opened for a moment. Only where no daemon has them. */
export function deviceChecks(patient: Patient): Check[] {
  const { doors } = patient.session.config;
  return [
    { name: 'ffmpeg', look: () => ffmpeg(patient) },
    ...doors.map((door): Check => {
      const name = `camera ${door.id}`;
      return { name, look: (signal) => camera(patient, door, name, signal) };
    }),
    ...doors.map((door): Check => {
      const name = `relay ${door.id}`;
      return { name, look: () => relay(patient, door, name) };
    }),
    ...doors.flatMap((door) =>
      DOOR_INPUTS.flatMap((input): Check[] => {
        const uri = door.inputs[input];
        const name = `${input} ${door.id}`;
        return uri === undefined ? [] : [{ name, look: () => wire(patient, uri, name) }];
      }),
    ),
  ];
}

async function ffmpeg({ session }: Patient): Promise<Finding> {
  const { major, minor } = await new FfmpegProgram({ clock: session.clock }).version();
  return ok('ffmpeg', major === 99 ? 'a build without a number' : `version ${major}.${minor}`);
}

async function camera(
  { session: { config, clock, log, stateDir }, env }: Patient,
  door: DoorConfig,
  check: string,
  signal: AbortSignal,
): Promise<Finding> {
  const media = mediaRoom({ config, clock, runtimeDir: env.RUNTIME_DIRECTORY ?? stateDir });
  const opened = cameraFor(door.camera, { ...media, clock, log });
  const stream = await opened.open(signal);
  try {
    const frame = await stream.next(signal);
    if (frame === null) return fail(check, `${opened.uri} has no picture`, 'look at what the URI names');
    const seen = `${frame.width}×${frame.height} from ${opened.uri}`;
    if (meanOf(frame) >= BLACK) return ok(check, seen);
    return warn(check, `${seen}, and it is black`, 'take the cap off the lens, and give it light');
  } finally {
    await stream.close();
  }
}

function meanOf({ data }: Frame): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] as number;
  return sum / data.length;
}

/** Opening puts the line into its safe state, which it has without us as well: nothing is energised. */
async function relay({ session: { clock } }: Patient, door: DoorConfig, check: string): Promise<Finding> {
  if (door.relay === undefined) {
    return warn(
      check,
      'NO DOOR CONNECTED: decisions move nothing',
      'set door.relay, see config/example.yaml',
    );
  }
  if (door.relay.startsWith('mqtt:')) {
    return warn(
      check,
      `${door.relay} is at the broker, where only the daemon tells it`,
      'ask the running daemon',
    );
  }
  const device = relayFor(door.relay, clock);
  if (!device.real) return warn(check, `${device.uri} moves nothing`, 'set door.relay to a real one');
  await device.open();
  await device.close();
  return ok(
    check,
    `${device.uri} opened and given back, not energised; whether the lock follows, only a try at the door shows`,
  );
}

async function wire({ session: { clock } }: Patient, uri: string, check: string): Promise<Finding> {
  const line = inputFor(uri, clock);
  let level = 'unknown';
  try {
    const tell = (active: boolean) => {
      level = active ? 'active' : 'inactive';
    };
    await line.open({ level: tell, lost: () => {} });
  } finally {
    await line.close();
  }
  return ok(check, `${uri} reads ${level}; move it and look again`);
}
