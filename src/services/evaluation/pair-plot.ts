import type { ScoredPair } from './pair-figures.ts';

const SIZE = { width: 880, height: 420, left: 60, top: 44, plot: 330, gap: 110 };
/** Smallest false match rate of the axis; few lists of pairs resolve less. */
const LEAST_FMR = 1e-4;
/** Histogram bins from cosine −0.4 to 1. */
const BINS = { from: -0.4, to: 1, count: 56 };
const SAME = '#1b6ca8';
const DIFFERENT = '#c2410c';

/**
 * The ROC (true against false match rate, the latter logarithmic) and the histograms of both kinds of pairs, as an SVG
 * document. `title` stands above; `threshold` is drawn where it lies.
 */
export function pairPlot(
  pairs: readonly ScoredPair[],
  { title, threshold }: { readonly title: string; readonly threshold: number },
): string {
  const genuine = pairs.filter(({ same }) => same).map(({ similarity }) => similarity);
  const impostors = pairs.filter(({ same }) => !same).map(({ similarity }) => similarity);
  const { width, height, left, top, plot, gap } = SIZE;
  const right = left + plot + gap;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${left}" y="24" font-size="15">${escaped(title)}</text>`,
    `<g transform="translate(${left} ${top})">${roc(genuine, impostors)}</g>`,
    `<g transform="translate(${right} ${top})">${histograms(genuine, impostors, threshold)}</g>`,
    '</svg>\n',
  ].join('\n');
}

function roc(genuine: readonly number[], impostors: readonly number[]): string {
  const { plot } = SIZE;
  const decades = -Math.log10(LEAST_FMR);
  const x = (fmr: number) => plot * (1 + Math.log10(Math.max(fmr, LEAST_FMR)) / decades);
  const y = (tmr: number) => plot * (1 - tmr);
  const ticks = [...Array(decades + 1).keys()].map((k) => {
    const fmr = 10 ** (k - decades);
    return tick(x(fmr), fmr === 1 ? '1' : `1e${k - decades}`, 'x');
  });
  const levels = [0, 0.25, 0.5, 0.75, 1].map((rate) => tick(y(rate), rate.toFixed(2), 'y'));
  const curve = rocPoints(genuine, impostors)
    .map(({ fmr, tmr }) => `${x(fmr).toFixed(1)},${y(tmr).toFixed(1)}`)
    .join(' ');
  return [
    frame('false match rate', 'true match rate'),
    ...ticks,
    ...levels,
    `<polyline points="${curve}" fill="none" stroke="${SAME}" stroke-width="2"/>`,
  ].join('');
}

/** From the strictest threshold on; a point for each change. */
export function rocPoints(
  genuine: readonly number[],
  impostors: readonly number[],
): { readonly fmr: number; readonly tmr: number }[] {
  const [g, i] = [genuine, impostors].map((scores) => scores.toSorted((a, b) => b - a)) as [
    number[],
    number[],
  ];
  const points: { fmr: number; tmr: number }[] = [];
  let [matched, wrong] = [0, 0];
  for (const threshold of [...new Set([...g, ...i])].sort((a, b) => b - a)) {
    while (matched < g.length && (g[matched] as number) >= threshold) matched++;
    while (wrong < i.length && (i[wrong] as number) >= threshold) wrong++;
    points.push({ fmr: wrong / Math.max(1, i.length), tmr: matched / Math.max(1, g.length) });
  }
  return points;
}

function histograms(genuine: readonly number[], impostors: readonly number[], threshold: number): string {
  const { plot } = SIZE;
  const { from, to, count } = BINS;
  const parts = [impostors, genuine].map((scores) => shares(scores));
  // room above the bars for their names
  const highest = 1.15 * Math.max(...parts.flat(), Number.EPSILON);
  const x = (score: number) => (plot * (score - from)) / (to - from);
  const bar = (part: number, bin: number, colour: string) => {
    const tall = (plot * part) / highest;
    const at = `x="${((plot * bin) / count).toFixed(1)}" y="${(plot - tall).toFixed(1)}"`;
    return `<rect ${at} width="${(plot / count).toFixed(1)}" height="${tall.toFixed(1)}" fill="${colour}" opacity="0.6"/>`;
  };
  const bars = parts.flatMap((bins, i) =>
    bins.flatMap((part, bin) => (part === 0 ? [] : [bar(part, bin, i === 0 ? DIFFERENT : SAME)])),
  );
  const mark = x(threshold).toFixed(1);
  return [
    frame('cosine similarity', 'part of the pairs'),
    ...[-0.4, 0, 0.4, 0.8].map((score) => tick(x(score), score.toFixed(1), 'x')),
    ...[0, 0.5, 1].map((part) => tick(plot * (1 - part), (part * highest).toFixed(2), 'y')),
    ...bars,
    `<line x1="${mark}" x2="${mark}" y1="0" y2="${plot}" stroke="black" stroke-dasharray="4 3"/>`,
    `<text x="${mark}" y="-6" text-anchor="middle">threshold ${threshold.toFixed(2)}</text>`,
    `<text x="10" y="18" fill="${DIFFERENT}">different people (${impostors.length})</text>`,
    `<text x="10" y="34" fill="${SAME}">the same person (${genuine.length})</text>`,
  ].join('');
}

function shares(scores: readonly number[]): number[] {
  const { from, to, count } = BINS;
  const bins = Array<number>(count).fill(0);
  for (const score of scores) {
    const bin = Math.floor((count * (score - from)) / (to - from));
    const at = Math.min(count - 1, Math.max(0, bin));
    bins[at] = (bins[at] as number) + 1 / scores.length;
  }
  return bins;
}

function frame(xLabel: string, yLabel: string): string {
  const { plot } = SIZE;
  return [
    `<rect width="${plot}" height="${plot}" fill="none" stroke="#555"/>`,
    `<text x="${plot / 2}" y="${plot + 34}" text-anchor="middle">${xLabel}</text>`,
    `<text transform="translate(-42 ${plot / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
  ].join('');
}

function tick(at: number, label: string, axis: 'x' | 'y'): string {
  const { plot } = SIZE;
  const p = at.toFixed(1);
  return axis === 'x'
    ? `<path d="M${p} 0V${plot}" stroke="#ddd"/><text x="${p}" y="${plot + 16}" text-anchor="middle">${label}</text>`
    : `<path d="M0 ${p}H${plot}" stroke="#ddd"/><text x="-6" y="${(at + 4).toFixed(1)}" text-anchor="end">${label}</text>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
