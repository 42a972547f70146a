import { LimenError } from '../../core/errors.ts';
import type { Camera } from '../../core/ports/camera.ts';
import { autoCamera } from './auto.ts';
import type { CameraDeps } from './camera-deps.ts';
import { type CameraUri, parseCameraUri } from './camera-uri.ts';
import { fileCamera } from './file.ts';
import { rtspCamera } from './rtsp.ts';
import { stillsCamera } from './stills.ts';
import { v4l2Camera } from './v4l2.ts';
import { webcamCamera } from './webcam.ts';

/** Every scheme and the file that makes its camera. */
const SCHEMES: Readonly<Record<string, (uri: CameraUri, deps: CameraDeps) => Camera>> = {
  auto: autoCamera,
  v4l2: v4l2Camera,
  rtsp: rtspCamera,
  rtsps: rtspCamera,
  file: fileCamera,
  stills: stillsCamera,
  webcam: webcamCamera,
};

/** The schemes that `cameraFor` knows, for configuration and help. */
export const CAMERA_SCHEMES: readonly string[] = Object.keys(SCHEMES);

/**
 * The camera that a URI names. Nothing is opened yet.
 * @throws LimenError `uri_unknown_scheme` | `uri_invalid`
 */
export function cameraFor(raw: string, deps: CameraDeps): Camera {
  const uri = parseCameraUri(raw);
  const make = Object.hasOwn(SCHEMES, uri.scheme) ? SCHEMES[uri.scheme] : undefined;
  if (make === undefined) {
    throw new LimenError(
      'uri_unknown_scheme',
      `no camera scheme ${uri.scheme}: in ${uri.shown}; there are ${CAMERA_SCHEMES.join(', ')}`,
    );
  }
  return make(uri, deps);
}
