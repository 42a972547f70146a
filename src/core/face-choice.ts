import type { AnalysedFace } from './ports/face-analysis.ts';

/** `only`: a picture of several people is refused. `largest`: the nearest face counts, others are background. */
export type FaceRule = 'only' | 'largest';

export type FaceChoice =
  | { readonly kind: 'face'; readonly face: AnalysedFace }
  | { readonly kind: 'no_face' }
  | { readonly kind: 'several_faces'; readonly count: number };

/** Which face of an uploaded picture is meant. `faces` come largest first, as `FaceAnalyser` gives them. */
export function chooseFace(faces: readonly AnalysedFace[], rule: FaceRule): FaceChoice {
  const [face] = faces;
  if (face === undefined) return { kind: 'no_face' };
  if (rule === 'only' && faces.length > 1) return { kind: 'several_faces', count: faces.length };
  return { kind: 'face', face };
}
