import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { CommandRefusal, DoorCommands } from '../../../services/door/door-commands.ts';
import { COMMANDED_MODES, MAX_MODE_S } from '../../../services/door/door-modes.ts';
import { V1_DOORS } from '../openapi/v1-doors.ts';
import { type Problem, problem } from '../problem.ts';
import { type HttpRoutes, sendProblem } from '../routes.ts';

const closed = { additionalProperties: false };

const Mode = Type.Enum(['normal', 'held_open', 'lockdown'], { description: 'the one in force' });
const DoorSchema = Type.Object(
  {
    id: Type.String(),
    door: Type.String({ description: 'locked, unlocked, open, … as the MQTT topic `state` has it' }),
    relay: Type.Enum(['none', 'off', 'on', 'fault'], { description: 'none: NO DOOR CONNECTED' }),
    holdMs: Type.Integer({ description: 'length of a pulse, ms' }),
    mode: Mode,
    modeUntil: Type.Optional(Type.String({ description: 'RFC 3339: when a mode set for a time ends' })),
  },
  closed,
);
const DoorList = Type.Object({ doors: Type.Array(DoorSchema) }, closed);
const DoorPath = Type.Object({ door: Type.String({ minLength: 1, maxLength: 128 }) });
const Unlocked = Type.Object(
  {
    door: Type.String(),
    relay: Type.Enum(['pulsed', 'extended'], {
      description: 'a pulse began, or the one that ran was extended',
    }),
    holdMs: Type.Integer({ description: 'how long from now the lock stays released, ms' }),
  },
  closed,
);
const Locked = Type.Object(
  {
    door: Type.String(),
    locked: Type.Boolean({ description: 'false: the fire input or held-open mode keeps it released' }),
  },
  closed,
);

const ModeBody = Type.Object(
  {
    mode: Type.Enum([...COMMANDED_MODES], {
      description: '`schedule` gives the door back to its schedules',
    }),
    forS: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_MODE_S,
        description: 'how long, s; then as the schedules say. Until the next command when it is left out',
      }),
    ),
  },
  closed,
);
const Moded = Type.Object(
  { door: Type.String(), mode: Mode, until: Type.Optional(Type.String({ description: 'RFC 3339' })) },
  closed,
);

type Path = { Params: Type.Static<typeof DoorPath> };

/** The doors. No other route of the daemon moves one; with a token only, whatever address it comes from. */
export function doorRoutes({ doors }: { readonly doors: DoorCommands }): HttpRoutes {
  return (app) => {
    app.get(
      '/v1/doors',
      {
        config: { role: 'viewer', describe: V1_DOORS.list },
        schema: { response: { 200: DoorList } },
      },
      async () => ({ doors: doors.list() }),
    );

    app.get<Path>(
      '/v1/doors/:door',
      {
        config: { role: 'viewer', describe: V1_DOORS.get },
        schema: { params: DoorPath, response: { 200: DoorSchema } },
      },
      async ({ params }) => {
        const door = doors.get(params.door);
        if (door === undefined) throw new LimenError('not_found', `there is no door ${params.door}`);
        return door;
      },
    );

    app.post<Path>(
      '/v1/doors/:door/unlock',
      {
        config: {
          role: 'technician',
          credential: 'token',
          describe: V1_DOORS.unlock,
        },
        schema: { params: DoorPath, response: { 200: Unlocked } },
      },
      async ({ params: { door }, caller: { actor } }, reply) => {
        const cause = actor === 'cli' ? 'cli' : 'http';
        const outcome = await doors.unlock(door, { cause, actor });
        if (outcome.kind !== 'unlocked') return sendProblem(reply, refused(door, outcome));
        return { door, relay: outcome.relay, holdMs: outcome.holdMs };
      },
    );

    app.post<Path>(
      '/v1/doors/:door/lock',
      {
        config: {
          role: 'technician',
          credential: 'token',
          describe: V1_DOORS.lock,
        },
        schema: { params: DoorPath, response: { 200: Locked } },
      },
      async ({ params: { door }, caller }, reply) => {
        const outcome = await doors.lock(door, caller.actor);
        if (outcome.kind === 'locked' || outcome.kind === 'held') {
          return { door, locked: outcome.kind === 'locked' };
        }
        return sendProblem(reply, refused(door, outcome));
      },
    );

    app.post<Path & { Body: Type.Static<typeof ModeBody> }>(
      '/v1/doors/:door/mode',
      {
        config: {
          role: 'technician',
          credential: 'token',
          describe: V1_DOORS.mode,
        },
        schema: { params: DoorPath, body: ModeBody, response: { 200: Moded } },
      },
      async ({ params: { door }, body, caller }, reply) => {
        const forMs = body.forS === undefined ? undefined : body.forS * 1_000;
        const outcome = await doors.setMode(door, body.mode, { actor: caller.actor, forMs });
        switch (outcome.kind) {
          case 'set':
            return { door, mode: outcome.mode, ...(outcome.until !== undefined && { until: outcome.until }) };
          case 'endless':
            return sendProblem(reply, problem('bad_request', '`schedule` takes no `forS`'));
          case 'not_found':
            return sendProblem(reply, refused(door, outcome));
        }
      },
    );
  };
}

function refused(door: string, { kind }: CommandRefusal): Problem {
  switch (kind) {
    case 'not_found':
      return problem('not_found', `there is no door ${door}`);
    case 'no_relay':
      return problem('no_door', `NO DOOR CONNECTED: ${door} has no relay, nothing moved`);
    case 'lockdown':
      return problem('door_in_lockdown', `${door} is in lockdown, nothing moved`);
    case 'busy':
      return problem('busy', `${door} is starting, ending, or has too many commands waiting`);
    case 'fault':
      return problem('relay_fault', `the relay of ${door} did not obey`);
  }
}
