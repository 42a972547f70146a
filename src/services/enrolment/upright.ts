import type { AnalysedFace, AnalysisOptions, FaceAnalyser } from '../../core/ports/face-analysis.ts';
import type { DecodedImage } from '../../core/ports/media.ts';
import { rotated } from '../../vision/rotate.ts';

const QUARTERS = [90, 270, 180] as const;

/**
 * The faces of a picture; where none is found, those of the same picture turned by quarters: phones write pictures that
 * lie on their side and do not say so. Of several turns the one with the surest face counts.
 */
export async function facesHoweverTurned(
  analyser: FaceAnalyser,
  image: DecodedImage,
  options: AnalysisOptions,
): Promise<readonly AnalysedFace[]> {
  const faces = await analyser.analyse(image, options);
  if (faces.length > 0) return faces;
  let best = faces;
  for (const degrees of QUARTERS) {
    const turned = await analyser.analyse({ ...image, ...rotated(image, degrees) }, options);
    if (surest(turned) > surest(best)) best = turned;
  }
  return best;
}

function surest(faces: readonly AnalysedFace[]): number {
  return Math.max(0, ...faces.map(({ score }) => score));
}
