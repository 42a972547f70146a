import { createHash } from 'node:crypto';
import type { Frame } from '../../core/image.ts';

/**
 * Rows of a picture that are looked at: every fourth. No codec works in smaller blocks, so whatever changes changes
 * some of them, and a picture costs a quarter of a full hash (0.3 ms at 640×480, 0.7 ms at 1280×720).
 */
const ROW_STEP = 4;
/** Bits of the hash that are kept: among all pictures held, two are taken for one with a chance of 1 in 10¹⁶. */
const HASH_BYTES = 12;

/** Which pictures a camera has shown, and when: a hash each, bounded in time and number. */
export class ShownPictures {
  readonly #keepMs: number;
  readonly #maxPictures: number;
  /** Time of each picture, the one shown longest ago first. */
  readonly #shownAtMs = new Map<string, number>();

  /** The defaults hold ten minutes at 30 frames a second, 2 MB. */
  constructor({ keepMs = 600_000, maxPictures = 20_000 } = {}) {
    this.#keepMs = keepMs;
    this.#maxPictures = maxPictures;
  }

  get size(): number {
    return this.#shownAtMs.size;
  }

  /** Remembers the picture as shown now. `before`: when it was shown last, absent for one that is new. */
  show(picture: Frame, nowMs: number): { readonly hash: string; readonly before: number | undefined } {
    const hash = hashOf(picture);
    for (const [oldest, atMs] of this.#shownAtMs) {
      if (nowMs - atMs <= this.#keepMs && this.#shownAtMs.size < this.#maxPictures) break;
      this.#shownAtMs.delete(oldest);
    }
    const before = this.#shownAtMs.get(hash);
    // re-inserted, so that the map stays in order of last sight
    this.#shownAtMs.delete(hash);
    this.#shownAtMs.set(hash, nowMs);
    return { hash, before };
  }
}

/** Collisions made on purpose gain nothing: a recording that is to pass needs one changed byte. */
function hashOf({ width, height, data }: Frame): string {
  const hash = createHash('sha256').update(`${width}×${height}`);
  for (let y = 0; y < height; y += ROW_STEP) hash.update(data.subarray(y * width * 3, (y + 1) * width * 3));
  return hash.digest().toString('latin1', 0, HASH_BYTES);
}
