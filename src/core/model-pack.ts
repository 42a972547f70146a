/** What a network is for, within a pack. */
export type ModelRole = 'detector' | 'landmarks' | 'embedder' | 'iris' | 'liveness' | 'quality';

/** Where a weight file comes from. */
export type ModelOrigin =
  | {
      /** A TF.js graph model inside an installed npm package, compiled to ONNX on first start. */
      readonly kind: 'npm';
      readonly package: string;
      readonly version: string;
      /** Path of the model's JSON inside the package; its `.bin` lies beside it. */
      readonly path: string;
      /** sha256 of the JSON and of the weights, hex. */
      readonly sha256: { readonly json: string; readonly weights: string };
    }
  | {
      /** A file fetched by `limen models pull`; `url` is pinned to a commit. */
      readonly kind: 'download';
      readonly url: string;
      readonly mirrors?: readonly string[];
      readonly bytes: number;
      readonly sha256: string;
    };

export interface ModelFile {
  /** Key that the other sections name, unique in the pack. */
  readonly id: string;
  readonly role: ModelRole;
  /** File name in the models directory. */
  readonly file: string;
  readonly licence: string;
  readonly origin: ModelOrigin;
}

/** How an image becomes the input tensor: value = (v − mean[c]) / std[c] with v in 0 … 255, c in `channels` order. */
export interface InputSpec {
  readonly width: number;
  readonly height: number;
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'RGB' | 'BGR';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export interface DetectorSpec {
  readonly kind: 'blazeface' | 'yunet';
  readonly model: string;
  readonly input: InputSpec;
  /** Faces scoring less are not faces, 0 … 1. */
  readonly minScore: number;
  /** Intersection over union above which two boxes are one face. */
  readonly nmsIou: number;
}

export interface LandmarkSpec {
  readonly kind: 'facemesh';
  readonly model: string;
  readonly input: InputSpec;
}

export type AlignmentSpec =
  | {
      /** Eyes level; both figures as parts of the crop's width and height. */
      readonly kind: 'eyes';
      readonly eyeDistance: number;
      readonly eyeHeight: number;
    }
  | {
      /** Similarity transform onto the five ArcFace points of a 112 × 112 crop. */
      readonly kind: 'arcface';
    };

export interface EmbedderSpec {
  readonly model: string;
  /** Stored with every template; changes whenever embeddings stop being comparable. */
  readonly modelId: string;
  readonly input: InputSpec;
  readonly output: string;
  readonly length: number;
  readonly alignment: AlignmentSpec;
}

export type LivenessSpec =
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'minifasnet';
      readonly models: readonly {
        readonly model: string;
        readonly input: InputSpec;
        readonly boxScale: number;
      }[];
    };

export interface PackThresholds {
  /** Cosine from which two faces are taken for the same person. */
  readonly match: number;
  /** Least lead over the runner-up. */
  readonly margin: number;
  /** What they were measured on and with which command. */
  readonly measuredOn: string;
  readonly command: string;
}

/** `models/packs/<name>.json`: everything that a set of networks needs to be used rightly. */
export interface ModelPack {
  readonly name: string;
  readonly title: string;
  readonly files: readonly ModelFile[];
  readonly detector: DetectorSpec;
  readonly landmarks?: LandmarkSpec;
  readonly embedder: EmbedderSpec;
  readonly liveness: LivenessSpec;
  readonly thresholds: PackThresholds;
}
