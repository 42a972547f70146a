import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const LensSchema = Type.Object({
  /** Focal length in widths of the picture: holds for every size that the camera delivers at one aspect. */
  focalPerWidth: Type.Number({ exclusiveMinimum: 0 }),
  /** Relative, of tape, eyes and scatter together. */
  focalError: Type.Number({ minimum: 0 }),
  /** The residual: relative scatter of the single frames about their median. */
  spread: Type.Number({ minimum: 0 }),
  frames: Type.Integer({ minimum: 1 }),
  /** Where the person stood, metres. */
  metres: Type.Number({ exclusiveMinimum: 0 }),
  /** Between the pupils of who stood there, mm; `null`: not known, the mean of adults was taken. */
  ipdMm: Type.Union([Type.Number(), Type.Null()]),
  /** The camera's URI without credentials: another camera has another lens. */
  camera: Type.String(),
  /** RFC 3339 UTC. */
  at: Type.String(),
});

/** What a calibration found out about one door's camera. */
export type Lens = Readonly<Static<typeof LensSchema>>;

const DocumentSchema = Type.Object({ doors: Type.Record(Type.String(), LensSchema) });

/** `<state>/calibration.json`, by door. */
export interface CalibrationDocument {
  readonly doors: Readonly<Record<string, Lens>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseCalibration(data: unknown): CalibrationDocument {
  if (Value.Check(DocumentSchema, data)) return data;
  throw new TypeError('the calibration does not have the shape of its schema');
}

/** Horizontal field of view of a focal length in widths of the picture, degrees. */
export function hfovOf(focalPerWidth: number): number {
  return (360 / Math.PI) * Math.atan(0.5 / focalPerWidth);
}
