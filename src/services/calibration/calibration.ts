import type { RgbImage } from '../../core/image.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { Newest } from '../../runtime/newest.ts';
import { type CameraGeometry, type EyeSpan, eyesApart, focalFromHfov } from '../../vision/distance.ts';
import { type EyeSample, type Fit, fitFocal, type KnownDistance } from './fit.ts';
import { type CalibrationDocument, hfovOf, type Lens } from './lens.ts';

interface LensFrame {
  readonly image: RgbImage;
  readonly faces: readonly FaceObservation[];
}

/** The eyes of one face by several looks, as uploads are measured; undefined where the pack cannot. */
export type EyeGauge = (image: RgbImage, face: FaceObservation) => Promise<EyeSpan | undefined>;

/** A door's camera, as far as its lens goes. */
export interface LensedCamera {
  readonly door: string;
  /** Without credentials. */
  readonly camera: string;
  /** From the configuration, where nothing was calibrated, degrees. */
  readonly hfovDeg: number;
  /** Frames as they are processed. */
  readonly frames: Pick<Newest<LensFrame>, 'next'>;
}

export interface CalibrationParts {
  readonly cameras: readonly LensedCamera[];
  /** One look, as a door's frames have it, errs by up to a tenth, and differently from face to face. */
  readonly gauge: EyeGauge;
  readonly document: DocumentStore<CalibrationDocument>;
  readonly clock: Clock;
}

export type CalibrationOutcome =
  | { readonly kind: 'calibrated'; readonly lens: Lens; readonly hfovDeg: number }
  | Exclude<Fit, { kind: 'fitted' }>
  | { readonly kind: 'several_faces' }
  | { readonly kind: 'unknown_door'; readonly doors: readonly string[] };

/** Relative error of a focal length that is only a field of view from a data sheet, or a guess. */
const GUESSED_FOCAL_ERROR = 0.15;
const WANTED_FRAMES = 20;
/** Whoever stands there is not kept longer, ms. */
const PATIENCE_MS = 30_000;

/** The lenses of the cameras: what the configuration says of them, and what was measured. */
export class Calibration {
  readonly #parts: CalibrationParts;

  constructor(parts: CalibrationParts) {
    this.#parts = parts;
  }

  /** Measured for this very camera; another one at the same door has not been. */
  lensOf(door: string): Lens | undefined {
    const lens = this.#parts.document.value.doors[door];
    return lens?.camera === this.#camera(door)?.camera ? lens : undefined;
  }

  /** Of the camera at a door, degrees; undefined for an unknown door. */
  hfovDeg(door: string): number | undefined {
    const lens = this.lensOf(door);
    return lens === undefined ? this.#camera(door)?.hfovDeg : hfovOf(lens.focalPerWidth);
  }

  /** For frames of that width; a calibration in the meantime holds at once. */
  geometry(door: string, widthPx: number): CameraGeometry {
    const lens = () => this.lensOf(door);
    const guessedPx = focalFromHfov(widthPx, this.#camera(door)?.hfovDeg ?? Number.NaN);
    return {
      get focalPx() {
        const measured = lens();
        return measured === undefined ? guessedPx : measured.focalPerWidth * widthPx;
      },
      get focalError() {
        return lens()?.focalError ?? GUESSED_FOCAL_ERROR;
      },
    };
  }

  /**
   * Measures the lens of a door's camera by somebody who stands before it, alone, at a known distance; kept when it
   * resolves `calibrated`.
   * @throws LimenError `store_fault`; the signal's reason when it aborts
   */
  async calibrate(
    request: KnownDistance & { readonly door: string; readonly signal?: AbortSignal },
  ): Promise<CalibrationOutcome> {
    const { cameras, document, clock } = this.#parts;
    const camera = this.#camera(request.door);
    if (camera === undefined) return { kind: 'unknown_door', doors: cameras.map(({ door }) => door) };
    const samples = await this.#collect(camera, request.signal);
    if (samples === 'several_faces') return { kind: 'several_faces' };
    const fit = fitFocal(samples, request);
    if (fit.kind !== 'fitted') return fit;
    const { kind: _, ...measured } = fit;
    const lens: Lens = {
      ...measured,
      metres: request.metres,
      ipdMm: request.ipdMm ?? null,
      camera: camera.camera,
      at: clock.wall().toISOString(),
    };
    await document.update(({ doors }) => ({ doors: { ...doors, [camera.door]: lens } }));
    return { kind: 'calibrated', lens, hfovDeg: hfovOf(lens.focalPerWidth) };
  }

  async #collect(camera: LensedCamera, signal?: AbortSignal): Promise<EyeSample[] | 'several_faces'> {
    const late = new AbortController();
    const cancel = this.#parts.clock.after(PATIENCE_MS, () => late.abort());
    const ended = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    const samples: EyeSample[] = [];
    let crowded = 0;
    try {
      while (samples.length < WANTED_FRAMES) {
        const { image, faces } = await camera.frames.next(ended);
        const [face] = faces;
        if (faces.length > 1) crowded++;
        if (faces.length > 1 || face === undefined) continue;
        const eyes = (await this.#parts.gauge(image, face)) ?? eyesOf(face);
        const { apartPx: eyesPx, yawDeg } = eyes;
        if (eyes.confidence !== 'low') samples.push({ eyesPx, yawDeg, widthPx: image.width });
      }
    } catch (cause) {
      if (!late.signal.aborted) throw cause;
    } finally {
      cancel();
    }
    return crowded > samples.length ? 'several_faces' : samples;
  }

  #camera(door: string): LensedCamera | undefined {
    return this.#parts.cameras.find((each) => each.door === door);
  }
}

function eyesOf({ points, pose }: FaceObservation): Pick<EyeSpan, 'apartPx' | 'yawDeg' | 'confidence'> {
  return { apartPx: eyesApart(points), yawDeg: pose.yawDeg };
}
