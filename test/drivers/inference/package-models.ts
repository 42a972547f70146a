import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of TF.js graph models inside the installed package. */
export const PACKAGE_MODELS = resolve(import.meta.dirname, '../../../node_modules/@vladmandic/human/models');

export function modelPath(name: string): string {
  return join(PACKAGE_MODELS, `${name}.json`);
}

export function modelFiles(name: string): { json: Buffer; weights: Buffer } {
  return { json: readFileSync(modelPath(name)), weights: readFileSync(join(PACKAGE_MODELS, `${name}.bin`)) };
}
