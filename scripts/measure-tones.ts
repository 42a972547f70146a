// Skin colours of a folder of portraits, as /personal_color sees them: where the splits between tones come from, and how
// often the answer changes when the light does. Usage: node --import tsx scripts/measure-tones.ts FOLDER [EVERY]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RgbImage } from '../src/core/image.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import type { Lab } from '../src/vision/colour.ts';
import { chromaOf, isWarm, skinColour, toneOf } from '../src/vision/personal-colour.ts';
import { measuringRoom } from './measuring-room.ts';

/**
 * Factors in linear light: a little more and less exposure, a little warmer and cooler; then tungsten and shade as seen
 * by a camera set to daylight, and half the light. What clips stays clipped.
 */
const LIGHTS = {
  brighter: [1.15, 1.15, 1.15],
  darker: [0.85, 0.85, 0.85],
  warm: [1.1, 1, 0.9],
  cool: [0.9, 1, 1.1],
  tungsten: [1, 0.75, 0.5],
  shade: [0.75, 0.9, 1],
  dim: [0.5, 0.5, 0.5],
} as const;

const print = (...parts: unknown[]) =>
  process.stdout.write(
    `${parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')}\n`,
  );
const [folder, every = '3'] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: measure-tones.ts FOLDER [EVERY]');
const pack = await loadPack('human');
const recognition = await measuringRoom(pack);
const decoder = new SharpImageDecoder({});
const skins: Lab[] = [];
const changed: Record<string, number> = {};
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.jpg'))
  .sort()
  .filter((_, i) => i % Number(every) === 0);
for (const file of files) {
  const decoded = await decoder.decode(readFileSync(join(folder, file)));
  if (!decoded.ok) continue;
  const [face] = await recognition.analyser.analyse(decoded.image, { embed: 'none', mesh: true });
  const skin = face?.mesh && skinColour(decoded.image, face.mesh);
  if (face?.mesh === undefined || skin === undefined) continue;
  skins.push(skin);
  for (const [light, factors] of Object.entries(LIGHTS)) {
    const other = skinColour(under(decoded.image, factors), face.mesh);
    if (other === undefined || toneOf(other) !== toneOf(skin)) changed[light] = (changed[light] ?? 0) + 1;
  }
}
await recognition.stop();

print(`${skins.length} faces of ${files.length} pictures; answers that change with the light:`, changed);
const tones = new Map(
  skins.map((skin) => [toneOf(skin), skins.filter((other) => toneOf(other) === toneOf(skin))]),
);
print(Object.fromEntries([...tones].map(([tone, of]) => [tone, of.length])));
for (const [name, of] of [
  ['warm', skins.filter(isWarm)],
  ['cool', skins.filter((skin) => !isWarm(skin))],
] as const) {
  print(name, of.length, 'lightness', quartiles(of.map(({ l }) => l)), 'chroma', quartiles(of.map(chromaOf)));
}

function under(image: RgbImage, factors: readonly number[]): RgbImage {
  const data = image.data.map((value, i) => {
    const linear = (factors[i % 3] as number) * linearOf(value / 255);
    const shown = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
    return Math.min(255, Math.round(255 * shown));
  });
  return { ...image, data };
}

function linearOf(v: number): number {
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

function quartiles(values: number[]): string {
  const sorted = values.sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return `${at(0.25)} | ${at(0.5)} | ${at(0.75)}`;
}
