import { type CountedRate, counted } from './bounds.ts';

/** What a folder of pictures shows: somebody, or one kind of attack (ISO/IEC 30107-3: a species). */
export type Presentation = 'live' | 'print' | 'screen';

/** One judged look at one tracked face. */
export interface LiveLook {
  readonly atMs: number;
  /** 0 … 1 */
  readonly live: number;
}

/** One picture or clip with what was seen in it. */
export interface JudgedFile {
  readonly file: string;
  readonly shows: Presentation;
  readonly kind: 'still' | 'clip';
  /** Looks, one list for each track; a still has one list with one look, or none without a face. */
  readonly tracks: readonly (readonly LiveLook[])[];
}

/** How looks are fused into a verdict; the door's own figures. */
export interface FusionRule {
  readonly minLiveness: number;
  readonly minLooks: number;
  readonly windowMs: number;
}

export interface FileVerdict {
  readonly file: string;
  readonly shows: Presentation;
  readonly kind: 'still' | 'clip';
  /** `accepted`: taken for live at some time. `not_assessed`: too few looks to say anything; nothing opens then. */
  readonly verdict: 'accepted' | 'refused' | 'not_assessed';
  /** Verdicts over time, one for each look that closes a full window. */
  readonly windows: { readonly live: number; readonly all: number };
  readonly medianLive: number | null;
}

export interface SpeciesFigures {
  readonly species: Presentation;
  readonly kind: 'still' | 'clip';
  readonly files: number;
  readonly notAssessed: number;
  /** APCER of an attack: files accepted at some time. BPCER of `live`: files never accepted. */
  readonly error: CountedRate | null;
  /** The same over all windows of all clips: how long the wrong verdict stood. Windows overlap: no bounds. */
  readonly windowError: number | null;
}

/** One verdict a file. A still is judged on its one look; a clip as the door judges a track, at its best moment. */
export function verdictOf(file: JudgedFile, rule: FusionRule): FileVerdict {
  const { minLiveness } = rule;
  const looks = file.tracks.flat();
  const medianLive = looks.length === 0 ? null : median(looks.map(({ live }) => live));
  const verdicts =
    file.kind === 'still'
      ? looks.map(({ live }) => live >= minLiveness)
      : file.tracks.flatMap((track) => windowVerdicts(track, rule));
  const live = verdicts.filter(Boolean).length;
  return {
    file: file.file,
    shows: file.shows,
    kind: file.kind,
    verdict: verdicts.length === 0 ? 'not_assessed' : live > 0 ? 'accepted' : 'refused',
    windows: { live, all: verdicts.length },
    medianLive,
  };
}

/** A row for each species and kind of file that there is. */
export function livenessFigures(verdicts: readonly FileVerdict[]): readonly SpeciesFigures[] {
  return (['live', 'print', 'screen'] as const).flatMap((species) =>
    (['still', 'clip'] as const).flatMap((kind): SpeciesFigures[] => {
      const files = verdicts.filter((each) => each.shows === species && each.kind === kind);
      if (files.length === 0) return [];
      const wrong = ({ verdict }: FileVerdict) => (species === 'live') === (verdict !== 'accepted');
      const all = files.reduce((sum, { windows }) => sum + windows.all, 0);
      const live = files.reduce((sum, { windows }) => sum + windows.live, 0);
      return [
        {
          species,
          kind,
          files: files.length,
          notAssessed: files.filter(({ verdict }) => verdict === 'not_assessed').length,
          error: counted(files.map(wrong)),
          windowError: all === 0 ? null : (species === 'live' ? all - live : live) / all,
        },
      ];
    }),
  );
}

function windowVerdicts(track: readonly LiveLook[], rule: FusionRule): boolean[] {
  return track.flatMap((last, i) => {
    const window = track.slice(0, i + 1).filter(({ atMs }) => last.atMs - atMs <= rule.windowMs);
    if (window.length < rule.minLooks) return [];
    return [median(window.map(({ live }) => live)) >= rule.minLiveness];
  });
}

/** Lower median, as at the door. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
