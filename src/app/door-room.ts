import type { FaceInView } from '../api/mqtt/faces.ts';
import type { MqttPublisher } from '../api/mqtt/publisher.ts';
import type { Config, DoorConfig } from '../config/config.ts';
import type { Camera } from '../core/ports/camera.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import type { ImageEncoder } from '../core/ports/media.ts';
import type { Relay } from '../core/ports/relay.ts';
import type { PeopleStore } from '../core/ports/store.ts';
import type { Health } from '../runtime/health.ts';
import { Gatekeeper } from '../services/access/gatekeeper.ts';
import type { FalseAcceptBudget } from '../services/budget/false-accept-budget.ts';
import { Door } from '../services/door/door.ts';
import { FrameRecogniser } from '../services/recognition/frame-recogniser.ts';
import { CameraView, type Sight } from '../services/viewing/camera-view.ts';
import { FreezeGuard } from '../services/watch/freeze-guard.ts';
import { Watch } from '../services/watch/watch.ts';
import { focalFromHfov } from '../vision/distance.ts';
import { accessPolicy } from './access-options.ts';
import { doorRules } from './door-fittings.ts';
import { DoorFlow, type SeenFrame } from './door-flow.ts';
import type { LiveRoom } from './live-room.ts';
import type { RecognitionRoom } from './recognition-room.ts';

/** Relative error of a focal length that is only a guessed field of view. */
const GUESSED_FOCAL_ERROR = 0.15;
/** Faces of one frame that are recognised: a queue at a door, not a crowd in a station. */
const MAX_FACES = 8;

export interface DoorParts {
  readonly config: DoorConfig;
  readonly site: Pick<Config, 'calendar' | 'schedules'>;
  readonly camera: Camera;
  readonly relay: Relay | undefined;
  readonly recognition: RecognitionRoom;
  readonly people: PeopleStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly health: Health;
  readonly log: Log;
  /** Absent where nothing is published (`limen watch`). */
  readonly publisher?: MqttPublisher;
  /** Absent where nobody can look (`limen watch`). */
  readonly encoder?: ImageEncoder;
  readonly budget?: FalseAcceptBudget | undefined;
  /** Absent where nobody measures or enrols before this camera. */
  readonly live?: Pick<LiveRoom, 'frames' | 'calibration'>;
  readonly onSeen?: (seen: SeenFrame) => void;
  readonly whenLost?: 'reopen' | 'end';
  readonly onProgress?: () => void;
}

/** One door of the house: its lock, and the watch over its camera. */
export interface DoorRoom {
  readonly door: Door;
  readonly watch: Watch;
  readonly view: CameraView | undefined;
  readonly relay: Relay | undefined;
  /** Publishes the state that nothing has changed yet. */
  announce(): void;
}

export function doorRoom(parts: DoorParts): DoorRoom {
  const { config, recognition, journal, people, clock, publisher, live, log } = parts;
  const { deadlineMs, denialRepeatMs } = config.access;
  const contact = config.inputs.contact !== undefined;
  const door = new Door({ ...parts, id: config.id, rules: doorRules(config), contact, deadlineMs });
  const policy = accessPolicy(config, recognition.pack, parts.site);
  const gatekeeper = new Gatekeeper({
    door: config.id,
    policy,
    denialRepeatMs,
    people,
    lock: door,
    journal,
    clock,
    log,
  });
  const view =
    parts.encoder &&
    new CameraView({
      door: config.id,
      camera: parts.camera.uri,
      get hfovDeg() {
        return live?.calibration.hfovDeg(config.id) ?? config.hfovDeg;
      },
      get focalError() {
        return live?.calibration.lensOf(config.id)?.focalError;
      },
      encoder: parts.encoder,
      clock,
      counts: () => watch.counts,
    });
  const consumer = new DoorFlow({
    clock,
    denialRepeatMs,
    health: parts.health,
    door: config.id,
    gatekeeper,
    journal,
    recogniser: (widthPx) =>
      new FrameRecogniser(recognition.engine, recognition.gallery, {
        camera: live?.calibration.geometry(config.id, widthPx) ?? {
          focalPx: focalFromHfov(widthPx, config.hfovDeg),
          focalError: GUESSED_FOCAL_ERROR,
        },
        maxFaces: MAX_FACES,
      }),
    onSeen: (seen) => {
      publisher?.faces(config.id, facesInView(seen));
      publisher?.doorState(config.id, scene(seen));
      view?.show(sightOf(seen));
      parts.budget?.seen(seen);
      live?.frames.get(config.id)?.offer({ image: seen.frame, faces: seen.observations });
      parts.onSeen?.(seen);
    },
    onCamera: (state) => {
      publisher?.doorState(config.id, { camera: state, facesInView: 0 });
      if (state !== 'lost') return;
      view?.lost();
      parts.budget?.lost();
    },
  });
  if (door.real && policy.liveness === 'none') {
    const why = `pack ${recognition.pack.name} cannot tell a face from its picture; matches are denied`;
    parts.health.report(`access ${config.id}`, 'degraded', why);
    log.warn(
      { fix: 'limen models pull recommended, then models.pack: recommended' },
      `relay not armed: ${why}`,
    );
  } else if (policy.liveness !== 'required') {
    log.warn({ door: config.id, liveness: policy.liveness }, 'a picture of a face counts as the face');
  }
  const tellState = () =>
    publisher?.doorState(config.id, { door: door.state.condition, relay: relayReport(door) });
  door.onState(tellState);
  const watch: Watch = new Watch({ ...parts, door: config.id, consumer, freezeGuard: freezeGuard(parts) });
  return {
    door,
    watch,
    view,
    relay: parts.relay,
    announce: () => {
      tellState();
      publisher?.doorState(config.id, { camera: 'starting' });
    },
  };
}

/** What somebody may see of a frame: boxes and verdicts, no names. */
function sightOf({ frame, observations, decisions, times }: SeenFrame): Sight {
  const faces = observations.map(({ trackId, box }) => ({
    box,
    verdict: decisions.find((each) => each.trackId === trackId)?.decision.kind ?? ('undecided' as const),
  }));
  return { frame, faces, stages: times.samples };
}

/** Recordings and folders of pictures repeat themselves by right. */
function freezeGuard({ config, camera, clock }: DoorParts): FreezeGuard | undefined {
  const { frozenMs } = config.access;
  return frozenMs === 0 || camera.recorded ? undefined : new FreezeGuard({ frozenMs, clock });
}

function relayReport(door: Door): 'none' | 'off' | 'on' | 'fault' {
  if (!door.connected) return 'none';
  const { lock, energised } = door.state;
  return lock === 'fault' ? 'fault' : energised ? 'on' : 'off';
}

/** Names only those who were recognised in this frame or decided upon. */
function facesInView(seen: SeenFrame): FaceInView[] {
  return seen.observations.map((face): FaceInView => {
    const decision = seen.decisions.find((each) => each.trackId === face.trackId)?.decision;
    const named = decision !== undefined && decision.kind !== 'undecided' ? decision : undefined;
    return {
      trackId: face.trackId,
      box: face.box,
      ...(face.distance && { distanceM: face.distance.distanceM }),
      ...(named?.person && { person: named.person }),
      ...(named?.score !== undefined && { score: named.score }),
    };
  });
}

function scene(seen: SeenFrame): { facesInView: number; lastDistanceM?: number } {
  const nearest = seen.observations
    .flatMap((face) => (face.distance ? [face.distance.distanceM] : []))
    .sort((a, b) => a - b)[0];
  return { facesInView: seen.observations.length, ...(nearest !== undefined && { lastDistanceM: nearest }) };
}
