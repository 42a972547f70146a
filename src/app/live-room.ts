import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { parseCameraUri } from '../drivers/camera/camera-uri.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import { Newest } from '../runtime/newest.ts';
import { ACCESS_DEFAULTS } from '../services/access/policy.ts';
import { Calibration } from '../services/calibration/calibration.ts';
import { type CalibrationDocument, parseCalibration } from '../services/calibration/lens.ts';
import type { Enrolment } from '../services/enrolment/enrolment.ts';
import { LiveEnrolment, type LiveFrame } from '../services/enrolment/live-enrolment.ts';
import type { MediaRoom } from './media-room.ts';
import type { RecognitionRoom } from './recognition-room.ts';

/** What is done with whoever stands before a door's camera, besides opening the door. */
export interface LiveRoom {
  /** Processed frames by door, for those who wait for one. */
  readonly frames: ReadonlyMap<string, Newest<LiveFrame>>;
  readonly calibration: Calibration;
  readonly enrolment: LiveEnrolment | undefined;
  /** What was measured of the lenses; to be started before a camera is. */
  readonly document: DocumentFile<CalibrationDocument>;
}

export function liveRoom(
  config: Config,
  parts: {
    stateDir: string;
    recognition: RecognitionRoom;
    /** Absent where nobody is enrolled. */
    requests?: { readonly enrolment: Enrolment };
    media: MediaRoom;
    clock: Clock;
    log: Log;
  },
): LiveRoom {
  const { stateDir, recognition, requests, media, clock, log } = parts;
  const { minLiveness, livenessFrames: minLooks } = ACCESS_DEFAULTS;
  const document = new DocumentFile<CalibrationDocument>({
    path: join(stateDir, 'calibration.json'),
    log,
    name: 'calibration',
    schema: 1,
    initial: { doors: {} },
    parse: parseCalibration,
    // without it distances are read with their wider interval
    whenUnreadable: 'replace',
  });
  const frames = new Map(config.doors.map(({ id }) => [id, new Newest<LiveFrame>()] as const));
  const cameras = config.doors.map(({ id, camera, hfovDeg }) => ({
    door: id,
    camera: parseCameraUri(camera).shown,
    hfovDeg,
    frames: frames.get(id) as Newest<LiveFrame>,
  }));
  return {
    frames,
    document,
    calibration: new Calibration({
      cameras,
      gauge: (image, face) => recognition.engine.gaugeEyes(image, face, 'request'),
      document,
      clock,
    }),
    enrolment:
      requests &&
      new LiveEnrolment({
        enrolment: requests.enrolment,
        frames,
        encoder: media.encoder,
        clock,
        ...(recognition.pack.liveness.kind !== 'none' && { liveness: { minLiveness, minLooks } }),
      }),
  };
}
