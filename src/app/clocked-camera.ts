import type { Camera, CameraStream } from '../core/ports/camera.ts';
import type { ManualClock } from '../runtime/clock.ts';

/** Moves `clock` to each frame's time before the frame is handed over. */
export function clockedBy(camera: Camera, clock: ManualClock): Camera {
  return {
    uri: camera.uri,
    pacing: camera.pacing,
    ...(camera.recorded && { recorded: true }),
    open: async (signal) => {
      const stream = await camera.open(signal);
      const clocked: CameraStream = {
        counts: stream.counts,
        next: async (nextSignal) => {
          const frame = await stream.next(nextSignal);
          if (frame !== null) clock.advanceTo(frame.capturedAtMs);
          return frame;
        },
        close: () => stream.close(),
      };
      return clocked;
    },
  };
}
