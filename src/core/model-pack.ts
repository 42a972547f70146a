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
      /** Sizes of the JSON and of the weights. */
      readonly bytes: { readonly json: number; readonly weights: number };
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
  /** File name in the models directory; a compiled model's name gets its content hash before the extension. */
  readonly file: string;
  /** Listed and pulled, but loaded only when asked for by id; no section other than `iris` may name it. */
  readonly optional?: true;
  readonly licence: string;
  readonly origin: ModelOrigin;
}

/** How an image becomes the input tensor: value = (v − mean[c]) / std[c] with v in 0 … 255, c in `channels` order. */
export interface InputSpec {
  /** Name of the network's input. */
  readonly tensor: string;
  readonly width: number;
  readonly height: number;
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'RGB' | 'BGR';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Dimensions of an input tensor that holds one picture. */
export function inputDims({ layout, width, height }: InputSpec): readonly number[] {
  return layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3];
}

export interface DetectorSpec {
  readonly kind: 'blazeface' | 'yunet';
  readonly model: string;
  /** One fixed size; frames of any aspect are letterboxed into it. */
  readonly input: InputSpec;
  /** A second, larger size for the small faces of large pictures, where the network takes more than one. */
  readonly largeInput?: { readonly width: number; readonly height: number };
  /** Faces scoring less are not faces, 0 … 1. */
  readonly minScore: number;
  /** Intersection over union above which two boxes are one face. */
  readonly nmsIou: number;
}

export interface LandmarkSpec {
  /** Below this face flag (0 … 1) the mesh is not believed. */
  readonly minPresence: number;
  readonly kind: 'facemesh';
  readonly model: string;
  readonly input: InputSpec;
  /** Output of 468 × (x, y, z) in pixels of the input. */
  readonly points: string;
  /** Output that says whether there is a face: a logit, or already a probability. */
  readonly faceFlag: { readonly output: string; readonly scale: 'logit' | 'probability' };
}

/** Contour and iris of one eye, from a crop around that eye. */
export interface IrisSpec {
  readonly model: string;
  readonly input: InputSpec;
}

/** `points` says whose points are aligned: the detector's own, or those of the dense mesh. */
export type AlignmentSpec = { readonly points: 'detector' | 'mesh' } & (
  | {
      /** Eyes level; both figures as parts of the crop's width and height. */
      readonly kind: 'eyes';
      readonly eyeDistance: number;
      readonly eyeHeight: number;
    }
  | {
      /** Similarity transform onto the five ArcFace points of a 112 × 112 crop. */
      readonly kind: 'arcface';
    }
);

/** What all faces have in common in a network's eyes, and how much of it is taken out of every embedding. */
export interface EmbeddingCentre {
  /** Mean of normalised embeddings, `length` numbers. */
  readonly mean: readonly number[];
  /** 0 … 1; 1 takes it out whole. */
  readonly weight: number;
  readonly measuredOn: string;
  readonly command: string;
}

export interface EmbedderSpec {
  readonly model: string;
  /** Stored with every template; changes whenever embeddings stop being comparable. */
  readonly modelId: string;
  readonly input: InputSpec;
  readonly output: string;
  readonly length: number;
  readonly alignment: AlignmentSpec;
  /** In the manifest the name of a file beside it. */
  readonly centre?: EmbeddingCentre;
}

export type LivenessSpec =
  | { readonly kind: 'none'; readonly why: string }
  | {
      /** Softmax over each network's classes, averaged over the networks. */
      readonly kind: 'minifasnet';
      /** Index of the class that means live. */
      readonly liveClass: number;
      readonly models: readonly {
        readonly model: string;
        readonly input: InputSpec;
        /** The crop is the face's box widened by this about its centre. */
        readonly boxScale: number;
      }[];
    };

export interface PackThresholds {
  /** Cosine from which two faces are taken for the same person. */
  readonly match: number;
  /** Least lead over the runner-up. */
  readonly margin: number;
  /** Least lead on average over the looks that a door decides on; that of one look when absent. */
  readonly lead?: number;
  /** What they were measured on. */
  readonly measuredOn: string;
  /** The command that measures them again. */
  readonly command: string;
  /** Cosine at which impostor pairs pass at the given false match rate, and how many genuine pairs then do. */
  readonly atFmr?: readonly {
    readonly fmr: number;
    readonly cosine: number;
    readonly trueMatchRate?: number;
  }[];
}

/** What was measured with a pack, in words for whoever chooses one. */
export interface PackFigure {
  readonly what: string;
  /** With its 95 % bounds or counts. */
  readonly value: string;
  /** What it was measured on. */
  readonly data: string;
  /** The command that measures it again. */
  readonly command: string;
}

/** `models/packs/<name>.json`: everything that a set of networks needs to be used rightly. */
export interface ModelPack {
  readonly name: string;
  readonly title: string;
  readonly files: readonly ModelFile[];
  readonly detector: DetectorSpec;
  readonly landmarks?: LandmarkSpec;
  readonly iris?: IrisSpec;
  readonly embedder: EmbedderSpec;
  readonly liveness: LivenessSpec;
  readonly thresholds: PackThresholds;
  readonly figures?: readonly PackFigure[];
}
