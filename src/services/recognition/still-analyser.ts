import type { DetectedFace } from '../../core/face.ts';
import type { RgbImage } from '../../core/image.ts';
import type { ModelPack } from '../../core/model-pack.ts';
import type {
  AnalysedFace,
  AnalysisOptions,
  FaceAnalyser,
  FocalLength,
} from '../../core/ports/face-analysis.ts';
import { type CameraGeometry, distanceOf, focalFrom35mm, focalFromHfov } from '../../vision/distance.ts';
import { poseOf } from '../../vision/pose.ts';
import { qualityOf } from '../../vision/quality.ts';
import { eyesAtOnce } from './eye-gauge.ts';
import type { FaceEngine } from './face-engine.ts';
import { MIN_EMBED_QUALITY } from './quality-gate.ts';
import { withSmallFaces } from './small-faces.ts';

/** Zooms tried one after the other until a face is found: a passport picture may fill the frame. */
const ZOOMS = [1, 0.5] as const;
/**
 * A face that the landmarks do not see is believed where the detector is sure of it, or where it fills this part of the
 * picture's width: half-covered faces of portraits are so, spots in a landscape are neither. Of 494 detections of pack
 * `human` in 399 pictures (every third of LFW, all others of `faces`), 16 were not seen; this keeps the portraits and
 * drops the 4 that were no face, with 5 faces of at most 65 px in a group of 29 and 3 in the background of LFW.
 */
const UNSEEN = { minScore: 0.7, minPart: 0.3 };
/** Relative error of a focal length from EXIF (crops and digital zoom are not always recorded). */
const EXIF_FOCAL_ERROR = 0.1;
/** Relative error of a guessed field of view. */
const GUESSED_FOCAL_ERROR = 0.15;

/** Uploaded pictures: they wait for the door's frames and know no camera. */
export class StillAnalyser implements FaceAnalyser {
  readonly #pack: ModelPack;
  readonly #engineOf: () => FaceEngine;
  readonly #hfovDeg: number;

  /** `engine` is asked for each picture: the networks may not be loaded yet when this is made. */
  constructor(pack: ModelPack, engine: () => FaceEngine, options: { readonly uploadHfovDeg: number }) {
    this.#pack = pack;
    this.#engineOf = engine;
    this.#hfovDeg = options.uploadHfovDeg;
  }

  get modelId(): string {
    return this.#pack.embedder.modelId;
  }

  get thresholds(): { match: number; margin: number } {
    return this.#pack.thresholds;
  }

  get #engine(): FaceEngine {
    return this.#engineOf();
  }

  async analyse(
    image: RgbImage & { readonly focalLength35mm?: number },
    options: AnalysisOptions = {},
  ): Promise<readonly AnalysedFace[]> {
    const faces = await this.#find(image, options);
    const camera = this.#geometry(image, options);
    const analysed: AnalysedFace[] = [];
    for (const face of faces) {
      options.signal?.throwIfAborted();
      const located = await this.#engine.locate(image, face, 'request');
      if (located === undefined && !believed(face, image)) continue;
      const { points, pose } = located ?? { points: face.points, pose: poseOf(face.points) };
      const quality = qualityOf(image, points, pose);
      const gauged = options.precise ? await this.#engine.gaugeEyes(image, face, 'request') : undefined;
      const distance = distanceOf(
        gauged ?? eyesAtOnce({ points, pose, ...located }, this.#pack.detector.kind),
        camera,
      );
      const { embed = 'all' } = options;
      const isLargest = analysed.length === 0;
      const wanted = embed === 'all' || (embed === 'largest' && isLargest);
      const embedding =
        wanted && quality.overall >= MIN_EMBED_QUALITY
          ? await this.#engine.embed(image, points, 'request')
          : undefined;
      const mesh = options.mesh && isLargest ? await this.#engine.mesh(image, face, 'request') : undefined;
      const live =
        options.liveness && isLargest ? await this.#engine.liveness(image, face.box, 'request') : undefined;
      analysed.push({
        ...face,
        points,
        pose,
        quality,
        ...(embedding && { embedding }),
        ...(distance && { distance, focal: camera.focal }),
        ...(mesh && { mesh }),
        ...(live && { liveness: live.live }),
      });
    }
    return analysed;
  }

  /** The largest first. */
  async #find(image: RgbImage, { smallFaces, precise }: AnalysisOptions): Promise<DetectedFace[]> {
    let faces: readonly DetectedFace[] = [];
    for (const zoom of ZOOMS) {
      const found = await this.#engine.detect(image, 'request', { zoom });
      const taken = found.length > 0 && (!precise || (await this.#engine.seesOne(image, found, 'request')));
      if (taken || faces.length === 0) faces = found;
      if (taken) break;
    }
    if (smallFaces) faces = await withSmallFaces(this.#engine, image, faces);
    return faces.toSorted((a, b) => area(b) - area(a));
  }

  #geometry(
    { width, height, focalLength35mm }: RgbImage & { readonly focalLength35mm?: number },
    { hfovDeg, focalError: toldError }: AnalysisOptions,
  ): CameraGeometry & { readonly focal: FocalLength } {
    const [source, px, focalError] =
      focalLength35mm === undefined
        ? ([
            hfovDeg === undefined ? 'assumed' : 'camera',
            focalFromHfov(width, hfovDeg ?? this.#hfovDeg),
            (hfovDeg === undefined ? undefined : toldError) ?? GUESSED_FOCAL_ERROR,
          ] as const)
        : (['exif', focalFrom35mm(width, height, focalLength35mm), EXIF_FOCAL_ERROR] as const);
    return { focalPx: px, focalError, focal: { source, px } };
  }
}

function believed({ score, box }: DetectedFace, image: RgbImage): boolean {
  return score >= UNSEEN.minScore || box.width >= UNSEEN.minPart * image.width;
}

function area(face: DetectedFace): number {
  return face.box.width * face.box.height;
}
