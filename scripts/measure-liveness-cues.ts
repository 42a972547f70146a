/*
 * What the signs of liveness tell, each by itself: `LIMEN_MODELS_PATH=… npx tsx scripts/measure-liveness-cues.ts FACES
 * [PART…]`, where FACES holds INDEX.csv, video/ and silent-face/, and PART is one of
 *   frame   straight edges around the face: pictures and clips of people, a phone, computed prints
 *   light   how often the networks refuse portraits when light, noise or coding get worse
 *   motion  how flat the motion of a face is: people, a phone, computed prints
 *   fusion  medians of live and replayed tracks by threshold and number of looks
 *   repeat  pictures that come again in recordings of cameras
 * Attacks are one phone, one print, one tablet, and prints that were computed: no error rate is proven by them.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../src/api/cli/csv.ts';
import { formatTable } from '../src/api/cli/table.ts';
import type { RgbImage } from '../src/core/image.ts';
import { wilson } from '../src/services/evaluation/bounds.ts';
import { ShownPictures } from '../src/services/watch/shown-pictures.ts';
import { LIGHTS } from './liveness-cues/lights.ts';
import {
  framesOfClip,
  type Look,
  looksOf,
  median,
  networksOf,
  openLooks,
  pictureOf,
} from './liveness-cues/looks.ts';
import { flatMotion } from './liveness-cues/planar.ts';
import { framesOf, type Print } from './liveness-cues/prints.ts';

const [root, ...wanted] = process.argv.slice(2);
if (root === undefined) throw new TypeError('usage: measure-liveness-cues.ts FACES [PART…]');
const print = (text: string) => process.stdout.write(`${text}\n`);
const video = (name: string) => join(root, 'video', name);
const { engine, close } = await openLooks();

interface Clip {
  readonly name: string;
  readonly shows: 'live' | 'phone';
  readonly fromS?: number;
  readonly toS?: number;
  readonly every: number;
}
const CLIPS: readonly Clip[] = [
  { name: 'zub_real.mov', shows: 'live', every: 2 },
  { name: 'clm_cap12_15s.mp4', shows: 'live', every: 4 },
  { name: 'clm_cap13.mp4', shows: 'live', every: 4 },
  { name: 'door-open.mp4', shows: 'live', fromS: 3, toS: 11, every: 2 },
  { name: 'door-open.mp4', shows: 'live', fromS: 14, toS: 20, every: 2 },
  { name: 'short_hamilton_clip.mp4', shows: 'live', fromS: 4, toS: 8, every: 4 },
  { name: 'zub_fake.mp4', shows: 'phone', fromS: 2, toS: 9, every: 2 },
  { name: 'door-open.mp4', shows: 'phone', fromS: 23, toS: 28.5, every: 2 },
];
const nameOf = ({ name, shows, fromS }: Clip) =>
  `${shows}: ${name}${fromS === undefined ? '' : ` from ${fromS} s`}`;
const PRINTS: readonly Omit<Print, 'seed'>[] = [
  { sheet: 'white margin', turnDeg: 30 },
  { sheet: 'black bezel', turnDeg: 30 },
  { sheet: 'no margin', turnDeg: 30 },
  { sheet: 'white margin', turnDeg: 0 },
];

interface Track {
  readonly name: string;
  readonly shows: 'live' | 'phone' | 'print';
  readonly looks: readonly Look[];
}

async function clipTracks(): Promise<Track[]> {
  const tracks: Track[] = [];
  for (const clip of CLIPS) {
    const looks = await looksOf(engine, framesOfClip(video(clip.name), clip), { mesh: true });
    tracks.push({ name: nameOf(clip), shows: clip.shows, looks });
    process.stderr.write(`${nameOf(clip)}\n`);
  }
  return tracks;
}

/** Five portraits of LFW on each kind of sheet. */
async function printTracks(): Promise<Track[]> {
  const background = await pictureFrom(framesOfClip(video('door-open.mp4'), { fromS: 1 }));
  const photos = (await portraits()).filter((file) => file.startsWith('lfw/'));
  const tracks: Track[] = [];
  for (const [n, each] of Array.from({ length: 5 }, () => PRINTS)
    .flat()
    .entries()) {
    const photo = await pictureOf(join(root as string, photos[n * 31 + 7] as string));
    if (photo === undefined) continue;
    const name = each.turnDeg === 0 ? `${each.sheet}, held still` : `${each.sheet}, turned`;
    const looks = await looksOf(engine, framesOf(photo, background, { ...each, seed: n }), { mesh: true });
    tracks.push({ name: `print: ${name}`, shows: 'print', looks });
    process.stderr.write(`print ${n}\n`);
  }
  return tracks;
}

async function pictureFrom(pictures: AsyncIterable<RgbImage>): Promise<RgbImage> {
  for await (const picture of pictures) return picture;
  throw new TypeError('an empty recording');
}

/** Pictures of people that are neither spoiled nor attacks. */
async function portraits(): Promise<string[]> {
  const index = join(root as string, 'INDEX.csv');
  const rows = parseCsv(await readFile(index, 'utf8'), ['file'], index);
  return rows
    .map(({ file }) => file as string)
    .filter(
      (file) => /\.(jpe?g|png)$/i.test(file) && !/^(odd|no-face|silent-face|lfw-orig250|video)\//.test(file),
    );
}

function share(hits: number, trials: number): string {
  const { rate, low, high } = wilson(hits, trials);
  return `${hits} of ${trials}, ${(100 * rate).toFixed(1)} % (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`;
}

const figure = (value: number | undefined) => (value === undefined ? '' : value.toFixed(2));
const spread = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return [0, 0.1, 0.5, 0.9, 1].map((p) => figure(sorted[Math.floor((sorted.length - 1) * p)]));
};

async function frame(tracks: readonly Track[]): Promise<void> {
  const counts = { lfw: [0, 0], others: [0, 0] };
  for (const file of await portraits()) {
    const picture = await pictureOf(join(root as string, file));
    const [face] = picture ? await engine.detect(picture, 'request') : [];
    const look = picture && face && (await networksOf(engine, picture, face.box));
    if (look === undefined) continue;
    const count = file.startsWith('lfw') ? counts.lfw : counts.others;
    count[1] = (count[1] ?? 0) + 1;
    if (look.framed) count[0] = (count[0] ?? 0) + 1;
    if (look.framed) print(`framed: ${file}`);
  }
  for (const [name, [hits = 0, all = 0]] of Object.entries(counts))
    print(`framed, pictures of ${name}: ${share(hits, all)}`);
  const rows = tracks.map(({ name, looks }) => {
    const lives = looks.map(({ live }) => live);
    const fused = looks.map(({ live, framed }) => (framed ? live - 0.4 : live));
    const framed = looks.filter((look) => look.framed).length;
    return [name, looks.length, `${framed} framed`, figure(median(lives)), figure(median(fused))];
  });
  print(formatTable(['track', 'looks', 'framed', 'networks, median', 'with the frame'], rows));
}

async function light(): Promise<void> {
  const lfw = (await portraits()).filter((file, n) => file.startsWith('lfw/') && n % 8 === 0);
  const attacks = ['image_F1.jpg', 'image_F2.jpg'].map((name) => `silent-face/_unlabelled/${name}`);
  const rows: (string | number)[][] = [];
  const boxes = new Map<string, { picture: RgbImage; box: Parameters<typeof networksOf>[2] }>();
  for (const file of [...lfw, ...attacks]) {
    const picture = await pictureOf(join(root as string, file));
    const [face] = picture ? await engine.detect(picture, 'request') : [];
    if (picture && face) boxes.set(file, { picture, box: face.box });
  }
  for (const [name, change] of Object.entries(LIGHTS)) {
    const scores = new Map<string, number>();
    for (const [file, { picture, box }] of boxes) {
      const look = await networksOf(engine, change(picture, box), box);
      if (look !== undefined) scores.set(file, look.live);
    }
    const people = lfw.flatMap((file) => scores.get(file) ?? []);
    const below = (limit: number) => people.filter((live) => live < limit).length;
    rows.push([
      name,
      share(below(0.4), people.length),
      share(below(0.3), people.length),
      attacks.map((file) => figure(scores.get(file))).join(', '),
    ]);
    process.stderr.write(`${name}\n`);
  }
  print(formatTable(['light', 'portraits below 0.4', 'below 0.3', 'print, tablet'], rows));
}

/** Pairs of sights within three seconds that differ as a turn of 18° to 35° makes a flat thing differ. */
const TURNED = { least: 0.05, most: 0.2 };

function motion(tracks: readonly Track[]): void {
  const rows = tracks.map(({ name, looks }) => {
    const seen = looks.flatMap(({ atMs, mesh }) => (mesh ? [{ atMs, mesh }] : []));
    const ratios = seen.flatMap((now, i) => {
      const before = seen.slice(0, i).filter(({ atMs }) => now.atMs - atMs <= 3_000);
      const motions = before.map(({ mesh }) => flatMotion(mesh, now.mesh));
      const usable = motions.filter(({ turned }) => turned >= TURNED.least && turned <= TURNED.most);
      const [most] = usable.sort((a, b) => b.turned - a.turned);
      return most === undefined ? [] : [most.residual / most.turned];
    });
    return [
      name,
      seen.length,
      ratios.length,
      ...(ratios.length === 0 ? ['', '', '', '', ''] : spread(ratios)),
    ];
  });
  print(formatTable(['track', 'sights', 'turned', 'least', '10 %', 'median', '90 %', 'most'], rows));
}

function fusion(tracks: readonly Track[]): void {
  const rows = [3, 5, 7, 9].flatMap((minLooks) =>
    [0.3, 0.35, 0.4, 0.45, 0.5].map((threshold) => {
      const windows = (shows: Track['shows']) =>
        tracks
          .filter((track) => track.shows === shows)
          .flatMap(({ looks }) =>
            looks.flatMap((last, i) => {
              const window = looks.slice(0, i + 1).filter(({ atMs }) => last.atMs - atMs <= 3_000);
              if (window.length < minLooks) return [];
              return [median(window.map(({ live, framed }) => (framed ? live - 0.4 : live))) >= threshold];
            }),
          );
      const part = (of: boolean[], value: boolean) =>
        `${of.filter((live) => live === value).length} of ${of.length}`;
      return [
        minLooks,
        threshold,
        part(windows('live'), false),
        part(windows('phone'), true),
        part(windows('print'), true),
      ];
    }),
  );
  print(
    formatTable(
      ['looks', 'threshold', 'live windows refused', 'phone accepted', 'computed prints accepted'],
      rows,
    ),
  );
}

async function repeat(): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const name of [
    'zub_real.mov',
    'clm_cap13.mp4',
    'zub_fake.mp4',
    'station_crowd_480p.mp4',
    'intel_backs_15s.mp4',
  ]) {
    if (!existsSync(video(name))) continue;
    const shown = new ShownPictures();
    const counts = [0, 0];
    let all = 0;
    for (const round of [0, 1]) {
      for await (const picture of framesOfClip(video(name))) {
        if (round === 0) all++;
        const { before } = shown.show({ ...picture, seq: 0, capturedAtMs: 0 }, 0);
        if (before !== undefined) counts[round] = (counts[round] ?? 0) + 1;
      }
    }
    rows.push([name, all, ...counts]);
  }
  print(formatTable(['recording', 'pictures', 'come again in it', 'when it is played again'], rows));
}

const wants = (part: string) => wanted.length === 0 || wanted.includes(part);
if (wants('repeat')) await repeat();
if (wants('light')) await light();
if (['frame', 'motion', 'fusion'].some(wants)) {
  const tracks = [...(await clipTracks()), ...(await printTracks())];
  if (wants('motion')) motion(tracks);
  if (wants('fusion')) fusion(tracks);
  if (wants('frame')) await frame(tracks);
}
await close();
