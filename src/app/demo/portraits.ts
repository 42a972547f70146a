import type { DetectedFace } from '../../core/face.ts';
import type { Box, RgbImage } from '../../core/image.ts';
import { cropImage } from '../../drivers/media/image-edit.ts';
import type { FaceEngine } from '../../services/recognition/face-engine.ts';
import { nonMaximumSuppression } from '../../vision/nms.ts';

/** Windows that the picture is searched in, px: its faces are about 60 px wide, too small for a look at the whole. */
const WINDOW = 320;
const STEP = 160;
/** Narrower ones are thumbnails of the page, not its portraits. */
const MIN_FACE_PX = 40;
/** Part of the face's width that stays around it in the cut. */
const MARGIN = 0.35;

export interface Portrait {
  readonly image: RgbImage;
  /** Position in the picture it was cut from. */
  readonly box: Box;
}

/** Cuts every face out of a picture full of small portraits, row by row from the top left. */
export async function portraitsIn(picture: RgbImage, engine: FaceEngine): Promise<Portrait[]> {
  const found: DetectedFace[] = [];
  for (let y = 0; y < picture.height; y += STEP) {
    for (let x = 0; x < picture.width; x += STEP) {
      const window = { x, y, width: WINDOW, height: WINDOW };
      const faces = await engine.detect(cropImage(picture, window), 'request');
      for (const face of faces) {
        const box = { ...face.box, x: face.box.x + x, y: face.box.y + y };
        if (box.width >= MIN_FACE_PX && isWhole(face.box, window, picture)) found.push({ ...face, box });
      }
    }
  }
  return nonMaximumSuppression(found, 0.3)
    .map((face) => ({ box: face.box, image: cropImage(picture, widened(face.box)) }))
    .sort((a, b) => rowOf(a) - rowOf(b) || a.box.x - b.box.x);
}

/** A face cut by the window's edge is seen whole in the next one; at the picture's own edge there is no next. */
function isWhole(box: Box, window: Box, picture: RgbImage): boolean {
  const right = Math.min(window.width, picture.width - window.x);
  const bottom = Math.min(window.height, picture.height - window.y);
  return box.x > 2 && box.y > 2 && box.x + box.width < right - 2 && box.y + box.height < bottom - 2;
}

function widened(box: Box): Box {
  const margin = box.width * MARGIN;
  const side = box.width + 2 * margin;
  return { x: box.x - margin, y: box.y + box.height / 2 - side / 2, width: side, height: side };
}

function rowOf(portrait: Portrait): number {
  return Math.round((portrait.box.y + portrait.box.height / 2) / 100);
}
