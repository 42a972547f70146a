/** Pixel coordinates: x to the right, y down, (0,0) the top left corner of the top left pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** 8-bit RGB, row by row, three bytes a pixel, no padding: `data.length === width * height * 3`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * A camera picture. Its pixels belong to whoever received the frame and are never written again by the camera.
 */
export interface Frame extends RgbImage {
  /** Counts from 0 for each opening of the camera; gaps are frames that were dropped for newer ones. */
  readonly seq: number;
  /** When the frame was captured, on the clock that the camera was given (`Clock.nowMs`). */
  readonly capturedAtMs: number;
  /** For files: seconds from the start of the source. */
  readonly atS?: number;
}
