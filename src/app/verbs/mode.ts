import { formatTable } from '../../api/cli/table.ts';
import type { Io, ModeArgs } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import type { DoorView } from '../../services/door/door-commands.ts';
import { askDaemon, expectStatus, refusalIn } from '../desk/daemon-socket.ts';
import { atHolder } from '../desk/state-holder.ts';
import { openSession } from '../session.ts';

interface Moded {
  readonly door: string;
  readonly mode: string;
  readonly until?: string;
}

/** `limen mode`: what the running daemon's doors do, or shall do. Without a daemon no door has a mode. */
export async function mode(args: ModeArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return atHolder(session, {
    own: () => {
      throw new LimenError(
        'daemon_missing',
        'no daemon runs over this state directory: every relay is in its safe state',
      );
    },
    daemon: (socketPath) =>
      args.set === undefined ? show(socketPath, args, io) : set(socketPath, args.set, args, io),
  });
}

async function set(
  socketPath: string,
  { door, ...wanted }: NonNullable<ModeArgs['set']>,
  { json }: ModeArgs,
  io: Io,
): Promise<number> {
  const answer = await askDaemon(socketPath, 'POST', `/v1/doors/${encodeURIComponent(door)}/mode`, wanted);
  if (answer.status !== 200) throw refusalIn(answer);
  const done = answer.body as Moded;
  if (json) await io.stdout.json(done);
  else await io.stdout.line(`${done.door}: ${done.mode}${ending(done.until)}`);
  return 0;
}

async function show(socketPath: string, { json }: ModeArgs, io: Io): Promise<number> {
  const answer = await askDaemon(socketPath, 'GET', '/v1/doors');
  const { doors } = expectStatus(answer, 200) as { doors: DoorView[] };
  if (json) await io.stdout.json({ doors });
  else {
    const rows = doors.map((each) => [
      each.id,
      `${each.mode}${ending(each.modeUntil)}`,
      each.door,
      each.relay,
    ]);
    await io.stdout.write(formatTable(['door', 'mode', 'state', 'relay'], rows));
  }
  return 0;
}

function ending(until: string | undefined): string {
  return until === undefined ? '' : ` until ${until.replace(/\.\d+/, '')}`;
}
