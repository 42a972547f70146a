import type { Distance } from '../../core/face.ts';
import type { Box } from '../../core/image.ts';
import type {
  AnalysedFace,
  AnalysisOptions,
  FaceAnalyser,
  FocalLength,
} from '../../core/ports/face-analysis.ts';
import type { DecodedImage, ImageDecoder, ImageRefusal } from '../../core/ports/media.ts';
import type { Admission } from '../../runtime/admission.ts';
import { isClear, skinColour, type Tone, toneOf } from '../../vision/personal-colour.ts';

/** Overall quality under which a face's colour is doubtful: LFW's lie above (`qualityOf`). */
const MIN_QUALITY = 0.3;

export interface MeasurementParts {
  readonly decoder: ImageDecoder;
  readonly analyser: FaceAnalyser;
  readonly admission: Admission;
}

interface Picture {
  /** The uploaded file as it came. */
  readonly bytes: Uint8Array;
  readonly signal?: AbortSignal;
}

export type MeasurementProblem =
  | { readonly kind: 'unreadable'; readonly refusal: ImageRefusal; readonly detail: string }
  /** No face, or none that what was asked for can be seen on. */
  | { readonly kind: 'no_face' }
  | { readonly kind: 'busy'; readonly retryAfterS: number };

export type DistanceOutcome = MeasurementProblem | { readonly kind: 'distance'; readonly distance: Distance };
export type DistancesOutcome =
  | MeasurementProblem
  | {
      readonly kind: 'distances';
      readonly focal: FocalLength;
      /** Nearest first, never empty. */
      readonly faces: readonly { readonly box: Box; readonly distance: Distance }[];
    };
export type ToneOutcome =
  | MeasurementProblem
  | {
      readonly kind: 'tone';
      readonly tone: Tone;
      /** `low`: near another tone, or a face too dark, glaring or blurred to tell. */
      readonly confidence: 'low' | 'fair';
    };

/** What an uploaded picture tells about its faces, whoever they are. Nothing is compared, kept or journalled. */
export class Measurement {
  readonly #parts: MeasurementParts;

  constructor(parts: MeasurementParts) {
    this.#parts = parts;
  }

  /** Of the nearest face. @throws LimenError `inference_failed` */
  distance(picture: Picture): Promise<DistanceOutcome> {
    return this.#look(picture, { precise: true }, (all) => {
      const distance = nearestFirst(all)[0]?.distance;
      return distance && { kind: 'distance', distance };
    });
  }

  /**
   * Of every face that can be measured. `hfovDeg`: of the camera that took the picture, where it is known;
   * `focalError`: relative, where that was measured.
   * @throws LimenError `inference_failed`
   */
  distances(picture: Picture & Pick<AnalysisOptions, 'hfovDeg' | 'focalError'>): Promise<DistancesOutcome> {
    const { hfovDeg, focalError } = picture;
    const options = {
      precise: true,
      smallFaces: true,
      ...(hfovDeg !== undefined && { hfovDeg }),
      ...(focalError !== undefined && { focalError }),
    };
    return this.#look(picture, options, (all) => {
      const faces = nearestFirst(all).map(({ box, distance }) => ({ box, distance }));
      const focal = all.find((face) => face.focal !== undefined)?.focal;
      return focal && faces.length > 0 ? { kind: 'distances', focal, faces } : undefined;
    });
  }

  /** @throws LimenError `inference_failed`, `model_missing` and what loading the landmarks' network throws */
  tone(picture: Picture): Promise<ToneOutcome> {
    return this.#look(picture, { mesh: true }, ([nearest], image) => {
      const skin = nearest?.mesh && skinColour(image, nearest.mesh);
      if (nearest === undefined || skin === undefined) return undefined;
      const sure = isClear(skin) && nearest.quality.overall >= MIN_QUALITY;
      return { kind: 'tone', tone: toneOf(skin), confidence: sure ? 'fair' : 'low' };
    });
  }

  async #look<T>(
    { bytes, signal }: Picture,
    options: AnalysisOptions,
    read: (faces: readonly AnalysedFace[], image: DecodedImage) => T | undefined,
  ): Promise<T | MeasurementProblem> {
    const { decoder, analyser, admission } = this.#parts;
    const admitted = await admission.run(async (): Promise<T | MeasurementProblem> => {
      const decoded = await decoder.decode(bytes);
      if (!decoded.ok) return { kind: 'unreadable', refusal: decoded.refusal, detail: decoded.detail };
      const { image } = decoded;
      const faces = await analyser.analyse(image, {
        ...options,
        embed: 'none',
        ...(signal && { signal }),
      });
      return read(faces, image) ?? { kind: 'no_face' };
    }, signal);
    return admitted.kind === 'busy' ? admitted : admitted.value;
  }
}

/**
 * The faces that can be measured, by their distance. The size of their boxes would not do: of two faces alike in size
 * now one, now the other is the larger.
 */
export function nearestFirst(faces: readonly AnalysedFace[]): (AnalysedFace & { distance: Distance })[] {
  return faces
    .flatMap((face) => (face.distance === undefined ? [] : [{ ...face, distance: face.distance }]))
    .sort((a, b) => a.distance.distanceM - b.distance.distanceM);
}
