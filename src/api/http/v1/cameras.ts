import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { CameraView } from '../../../services/viewing/camera-view.ts';
import { V1_CAMERAS } from '../openapi/v1-cameras.ts';
import { problem } from '../problem.ts';
import { type HttpRoutes, sendProblem } from '../routes.ts';
import { LiveStreams } from './live-streams.ts';
import { CamerasSchema } from './schemas.ts';

/** Callers who look at moving pictures at one time, of all cameras together. */
const MOST_VIEWERS = 4;
const BOUNDARY = 'limen-picture';

const DoorPath = Type.Object({ door: Type.String({ minLength: 1, maxLength: 128 }) });
type Path = { Params: Type.Static<typeof DoorPath> };

export interface CameraParts {
  readonly views: readonly CameraView[];
  readonly clock: Clock;
}

/**
 * How the cameras are, for viewers; what they see, for technicians only: a picture of people at a door is worth more
 * protection than a list of them.
 */
export function cameraRoutes({ views, clock }: CameraParts): HttpRoutes {
  return (app) => {
    const streams = new LiveStreams({ clock, most: MOST_VIEWERS });
    app.addHook('preClose', async () => streams.close());

    app.get(
      '/v1/cameras',
      {
        config: { role: 'viewer', describe: V1_CAMERAS.list },
        schema: { response: { 200: CamerasSchema } },
      },
      async () => ({ cameras: views.map(({ state }) => state) }),
    );

    app.get<Path>(
      '/v1/cameras/:door/snapshot',
      { config: { role: 'technician', describe: V1_CAMERAS.snapshot }, schema: { params: DoorPath } },
      async ({ params }, reply) => {
        const jpeg = await pictureOf(find(views, params.door), reply);
        return jpeg === undefined ? reply : reply.type('image/jpeg').send(jpeg);
      },
    );

    app.get<Path>(
      '/v1/cameras/:door/stream',
      { config: { role: 'technician', describe: V1_CAMERAS.stream }, schema: { params: DoorPath } },
      async ({ params }: FastifyRequest<Path>, reply) => {
        const view = find(views, params.door);
        const stream = streams.open(reply, (signal) => parts(view, signal));
        reply.type(`multipart/x-mixed-replace; boundary=${BOUNDARY}`).header('x-accel-buffering', 'no');
        return reply.send(stream);
      },
    );
  };
}

/** Undefined once the caller was told that there is none. */
async function pictureOf(view: CameraView, reply: FastifyReply): Promise<Buffer | undefined> {
  try {
    return Buffer.from(await view.snapshot());
  } catch (cause) {
    if (!(cause instanceof LimenError) || cause.code !== 'camera_lost') throw cause;
    sendProblem(reply, problem('camera_lost', cause.message, { status: 503, retryAfterS: 5 }));
    return undefined;
  }
}

async function* parts(view: CameraView, signal: AbortSignal): AsyncGenerator<string | Uint8Array, void> {
  // the header goes out at once, before there is a picture
  yield '\r\n';
  for await (const jpeg of view.pictures(signal)) {
    const head = `--${BOUNDARY}\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`;
    yield Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]);
  }
}

function find(views: readonly CameraView[], door: string): CameraView {
  const view = views.find((each) => each.door === door);
  if (view !== undefined) return view;
  throw new LimenError(
    'not_found',
    `there is no door ${door}; there is ${views.map((each) => each.door).join(', ')}`,
  );
}
