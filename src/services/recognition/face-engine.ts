import { LimenError, toLimenError } from '../../core/errors.ts';
import type { DetectedFace, FacePoints, HeadPose } from '../../core/face.ts';
import type { Box, Point, RgbImage } from '../../core/image.ts';
import type { InputSpec, ModelPack } from '../../core/model-pack.ts';
import type { Model } from '../../core/ports/inference.ts';
import { type Priority, PriorityGate } from '../../runtime/priority-gate.ts';
import type { InferenceTimer } from '../../runtime/stage-times.ts';
import type { EyeSpan } from '../../vision/distance.ts';
import { poseOf } from '../../vision/pose.ts';
import { Detector, type Look } from './detector.ts';
import { Embedder } from './embedder.ts';
import { gaugeEyes, isSeen, type MeshGaze } from './eye-gauge.ts';
import { Landmarker } from './landmarker.ts';
import { LivenessJudge, type LivenessLook } from './liveness-judge.ts';

export interface LocatedFace {
  readonly points: FacePoints;
  readonly pose: HeadPose;
  /** Of the dense landmarks, where these were looked for. */
  readonly mesh?: readonly Point[];
}

/** Ids of the networks that recognition runs; the others of a pack need not be loaded. */
export function networksOf(pack: ModelPack): readonly string[] {
  const mesh = pack.embedder.alignment.points === 'mesh' ? pack.landmarks?.model : undefined;
  const liveness = pack.liveness.kind === 'none' ? [] : pack.liveness.models.map(({ model }) => model);
  return [pack.detector.model, pack.embedder.model, ...(mesh === undefined ? [] : [mesh]), ...liveness];
}

/** Loads a network of the pack, at another size of its input where one is given. */
export type LoadLater = (id: string, input?: InputSpec) => Promise<Model>;

/**
 * The networks of one pack, shared by every door and every request. Each step is let in one at a time, door frames
 * first, since the steps reuse their input buffers.
 */
export class FaceEngine {
  readonly pack: ModelPack;
  readonly #detector: Detector;
  readonly #landmarker: Landmarker | undefined;
  readonly #embedder: Embedder;
  readonly #livenessJudge: LivenessJudge | undefined;
  readonly #loadLater: LoadLater | undefined;
  #largeDetector: Promise<Detector> | undefined;
  #denseLandmarker: Promise<Landmarker> | undefined;
  readonly #gate = new PriorityGate();

  /**
   * `models` holds a loaded network for each id of `networksOf(pack)`; `loadLater` loads another one of the pack when it
   * is first needed.
   */
  constructor(pack: ModelPack, models: ReadonlyMap<string, Model>, loadLater?: LoadLater) {
    const model = (id: string): Model => {
      const found = models.get(id);
      if (found === undefined)
        throw new TypeError(`pack ${pack.name} names the model ${id}, which is not loaded`);
      return found;
    };
    this.pack = pack;
    this.#loadLater = loadLater;
    this.#detector = new Detector(pack.detector, model(pack.detector.model));
    this.#landmarker =
      pack.landmarks && pack.embedder.alignment.points === 'mesh'
        ? new Landmarker(pack.landmarks, model(pack.landmarks.model))
        : undefined;
    this.#embedder = new Embedder(pack.embedder, model(pack.embedder.model));
    this.#livenessJudge = pack.liveness.kind === 'none' ? undefined : new LivenessJudge(pack.liveness, model);
  }

  get modelId(): string {
    return this.#embedder.modelId;
  }

  detect(image: RgbImage, priority: Priority, look: Look = {}): Promise<DetectedFace[]> {
    return this.#gate.run(priority, () => this.#detector.detect(image, look));
  }

  /**
   * Faces at the detector's larger size, for which its network is loaded once more at the first call; undefined where
   * the pack has none.
   * @throws LimenError `inference_failed`, and what loading throws
   */
  async detectLarge(image: RgbImage, priority: Priority): Promise<DetectedFace[] | undefined> {
    const { input, largeInput, model } = this.pack.detector;
    if (largeInput === undefined || this.#loadLater === undefined) return undefined;
    const spec = { ...this.pack.detector, input: { ...input, ...largeInput } };
    this.#largeDetector ??= this.#loadLater(model, spec.input).then(
      (loaded) => new Detector(spec, loaded),
      (cause) => {
        this.#largeDetector = undefined;
        throw cause;
      },
    );
    const detector = await this.#largeDetector;
    return this.#gate.run(priority, () => detector.detect(image));
  }

  /**
   * The best landmarks and pose the pack has: of the mesh where the pack aligns by it, else the detector's. Undefined
   * when the mesh sees no face where the detector did: then there is none.
   */
  async locate(
    image: RgbImage,
    face: DetectedFace,
    priority: Priority,
    timer?: InferenceTimer,
  ): Promise<LocatedFace | undefined> {
    const landmarker = this.#landmarker;
    if (landmarker === undefined) return { points: face.points, pose: poseOf(face.points) };
    return this.#gate.run(priority, () => landmarker.locate(image, face, timer));
  }

  /**
   * The eyes of one face by several looks of the dense landmarks, for a precise distance; undefined where their network
   * is not installed.
   * @throws LimenError `inference_failed`
   */
  async gaugeEyes(image: RgbImage, face: DetectedFace, priority: Priority): Promise<EyeSpan | undefined> {
    const look = await this.#denseLook(image, priority);
    return look && gaugeEyes(look, face);
  }

  /** Whether the dense landmarks are sure of one of these; true where they are not installed. */
  async seesOne(image: RgbImage, faces: readonly DetectedFace[], priority: Priority): Promise<boolean> {
    const look = await this.#denseLook(image, priority);
    if (look === undefined) return true;
    for (const face of faces) if (await isSeen(look, face)) return true;
    return false;
  }

  async #denseLook(image: RgbImage, priority: Priority): Promise<MeshGaze | undefined> {
    const landmarker = this.#landmarker ?? (await this.#denseIfInstalled());
    return (
      landmarker && ((face, options) => this.#gate.run(priority, () => landmarker.look(image, face, options)))
    );
  }

  /**
   * The dense landmarks of one face, picture pixels; undefined when they see none. A pack that recognises without them
   * loads their network at the first call.
   * @throws LimenError `model_missing` when the pack has no such network, and what loading throws
   */
  async mesh(image: RgbImage, face: DetectedFace, priority: Priority): Promise<readonly Point[] | undefined> {
    const landmarker = this.#landmarker ?? (await this.#dense());
    return (await this.#gate.run(priority, () => landmarker.locate(image, face)))?.mesh;
  }

  async #denseIfInstalled(): Promise<Landmarker | undefined> {
    try {
      return await this.#dense();
    } catch (cause) {
      if (toLimenError(cause).code !== 'model_missing') throw cause;
      return undefined;
    }
  }

  #dense(): Promise<Landmarker> {
    const { landmarks, name } = this.pack;
    if (landmarks === undefined || this.#loadLater === undefined) {
      throw new LimenError('model_missing', `pack ${name} has no network for dense landmarks`);
    }
    this.#denseLandmarker ??= this.#loadLater(landmarks.model).then(
      (model) => new Landmarker(landmarks, model),
      (cause) => {
        this.#denseLandmarker = undefined;
        throw cause;
      },
    );
    return this.#denseLandmarker;
  }

  embed(
    image: RgbImage,
    points: FacePoints,
    priority: Priority,
    timer?: InferenceTimer,
  ): Promise<Float32Array> {
    return this.#gate.run(priority, () => this.#embedder.embed(image, points, timer));
  }

  /** How live the face in `box` looks; `undefined` when the pack has no liveness or the box no face. */
  async liveness(
    image: RgbImage,
    box: Box,
    priority: Priority,
    timer?: InferenceTimer,
  ): Promise<LivenessLook | undefined> {
    const judge = this.#livenessJudge;
    return judge && this.#gate.run(priority, () => judge.judge(image, box, timer));
  }
}
