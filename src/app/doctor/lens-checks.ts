import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DoorConfig } from '../../config/config.ts';
import { parseCameraUri } from '../../drivers/camera/camera-uri.ts';
import { DocumentFile } from '../../drivers/store/documents.ts';
import { silentLog } from '../../runtime/logger.ts';
import { type CalibrationDocument, hfovOf, parseCalibration } from '../../services/calibration/lens.ts';
import { type Check, type Finding, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether the lens of each door's camera was measured, as `<state>/calibration.json` tells; it is only read. */
export function lensChecks({ session: { config, stateDir } }: Pick<Patient, 'session'>): Check[] {
  return config.doors.map((door): Check => {
    const name = `lens ${door.id}`;
    return { name, look: async () => lens(name, door, await calibrationIn(stateDir)) };
  });
}

function lens(check: string, door: DoorConfig, read: CalibrationDocument | 'unreadable'): Finding {
  const how = `limen calibrate distance --door ${door.id} --metres 1.5`;
  if (read === 'unreadable') {
    return warn(check, 'calibration.json cannot be read: the configured field of view holds', how);
  }
  const found = read.doors[door.id];
  if (found === undefined) {
    const assumed = `not calibrated: distances rest on the configured field of view, ${door.hfovDeg}°`;
    return ok(check, `${assumed}; for narrower intervals: ${how}`);
  }
  if (found.camera !== parseCameraUri(door.camera).shown) {
    return warn(check, `calibrated on ${found.at.slice(0, 10)} with another camera, ${found.camera}`, how);
  }
  const { at, frames, metres, spread, focalError, focalPerWidth } = found;
  return ok(
    check,
    `calibrated ${at} at ${metres} m, ${frames} frames: residual ${percent(spread)}, ` +
      `focal length ± ${percent(focalError)}, field of view ${hfovOf(focalPerWidth).toFixed(1)}°`,
  );
}

/** From a copy: a daemon may be writing the file. */
async function calibrationIn(stateDir: string): Promise<CalibrationDocument | 'unreadable'> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-doctor-'));
  const path = join(directory, 'calibration.json');
  try {
    await copyFile(join(stateDir, 'calibration.json'), path);
    const document = new DocumentFile<CalibrationDocument>({
      ...{ path, log: silentLog, name: 'calibration', schema: 1, initial: { doors: {} } },
      parse: parseCalibration,
    });
    await document.start();
    return document.value;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? { doors: {} } : 'unreadable';
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
