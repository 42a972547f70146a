import { LimenError } from '../core/errors.ts';
import { type InputSpec, inputDims, type ModelPack } from '../core/model-pack.ts';
import type { InferenceRuntime, Model } from '../core/ports/inference.ts';
import type { Log } from '../core/ports/log.ts';
import type { PeopleStore } from '../core/ports/store.ts';
import type { Component } from '../runtime/component.ts';
import type { Health } from '../runtime/health.ts';
import { FaceEngine, networksOf } from '../services/recognition/face-engine.ts';
import { GalleryIndex } from '../services/recognition/gallery-index.ts';
import { StillAnalyser } from '../services/recognition/still-analyser.ts';

export interface RecognitionParts {
  readonly pack: ModelPack;
  /** Finds, checks and where needed compiles the weight files, at the start and for what is loaded later. Paths by id. */
  readonly resolve: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly openRuntime: () => Promise<InferenceRuntime>;
  readonly people: PeopleStore;
  readonly uploadHfovDeg: number;
  readonly log: Log;
  readonly health?: Health;
}

/** The networks of one pack, loaded once for the daemon's life, and everybody they can recognise. */
export class RecognitionRoom implements Component {
  readonly name = 'recognition';
  readonly pack: ModelPack;
  readonly gallery: GalleryIndex;
  readonly analyser: StillAnalyser;
  readonly #parts: RecognitionParts;
  readonly #models = new Map<string, Model>();
  #runtime: InferenceRuntime | undefined;
  #engine: FaceEngine | undefined;

  constructor(parts: RecognitionParts) {
    this.#parts = parts;
    this.pack = parts.pack;
    this.gallery = new GalleryIndex(parts.pack.embedder.modelId, parts.pack.embedder.length);
    this.analyser = new StillAnalyser(parts.pack, () => this.engine, { uploadHfovDeg: parts.uploadHfovDeg });
  }

  /** @throws LimenError `inference_failed` before the start and after the stop */
  get engine(): FaceEngine {
    if (this.#engine === undefined) throw new LimenError('inference_failed', 'the models are not loaded');
    return this.#engine;
  }

  /** @throws LimenError `model_missing` | `model_hash_mismatch` | `model_unreadable` | `inference_provider_unavailable` | `store_fault` */
  async start(signal: AbortSignal): Promise<void> {
    const { pack, log, people, health } = this.#parts;
    try {
      const paths = await this.#parts.resolve(networksOf(pack));
      this.#runtime = await this.#parts.openRuntime();
      for (const [id, path] of paths) {
        signal.throwIfAborted();
        await this.#load(this.#runtime, id, path);
      }
      await this.gallery.follow(people);
    } catch (cause) {
      await this.stop();
      throw cause;
    }
    this.#engine = new FaceEngine(pack, this.#models, (id, input) => this.#loadLater(id, input));
    health?.report('recognition', 'ok', `pack ${pack.name} on ${this.#runtime.description}`);
    log.info(
      { pack: pack.name, inference: this.#runtime.description, people: this.gallery.size },
      'recognition ready',
    );
  }

  async #loadLater(id: string, input?: InputSpec): Promise<Model> {
    const path = (await this.#parts.resolve([id])).get(id);
    if (this.#runtime === undefined || path === undefined) {
      throw new LimenError('inference_failed', `${id} cannot be loaded while the daemon stops`);
    }
    this.#parts.log.info({ model: id }, 'loaded on request');
    return this.#load(this.#runtime, id, path, input);
  }

  async #load(runtime: InferenceRuntime, id: string, path: string, input?: InputSpec): Promise<Model> {
    const name = input === undefined ? id : `${id} ${input.width}×${input.height}`;
    const shapes = input === undefined ? fixedShapes(this.pack, id) : shapeOf(input);
    const model = await runtime.load({ name, path, inputDims: shapes });
    // a runtime that was closed meanwhile has closed its models
    if (this.#runtime === runtime) this.#models.set(name, model);
    return model;
  }

  async stop(): Promise<void> {
    this.#engine = undefined;
    this.gallery.unfollow();
    for (const model of this.#models.values()) await model.close();
    this.#models.clear();
    await this.#runtime?.close();
    this.#runtime = undefined;
  }
}

/** Input dimensions by tensor name, for networks that were exported with free ones. */
function fixedShapes(pack: ModelPack, id: string): Record<string, readonly number[]> {
  const liveness = pack.liveness.kind === 'none' ? [] : pack.liveness.models;
  const specs: readonly { model: string; input: InputSpec }[] = [
    pack.detector,
    pack.embedder,
    ...(pack.landmarks ? [pack.landmarks] : []),
    ...liveness,
  ];
  const input = specs.find((candidate) => candidate.model === id)?.input;
  return input === undefined ? {} : shapeOf(input);
}

function shapeOf(input: InputSpec): Record<string, readonly number[]> {
  return { [input.tensor]: inputDims(input) };
}
