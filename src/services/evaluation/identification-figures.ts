import { falseOpensPerMonth, type StrangerTraffic } from '../../core/false-opens.ts';
import { type CountedRate, counted, wilson } from './bounds.ts';

/** One picture compared with everybody who is enrolled. */
export interface Probe {
  /** Who it shows, where that person is enrolled; `undefined`: a stranger. */
  readonly person: string | undefined;
  /** The nearest enrolled person; absent where no face could be compared. */
  readonly best?: { readonly person: string; readonly score: number; readonly margin: number };
}

export interface OperatingPoint {
  readonly threshold: number;
  readonly margin: number;
  /** Strangers who are named, of all strangers. */
  readonly fpir: CountedRate | null;
  /** Enrolled people who are not named, or named as somebody else, of all their pictures. */
  readonly fnir: CountedRate | null;
  readonly falseOpens: {
    readonly likely: number;
    readonly most: number;
    /** The same with the upper 95 % bound of FPIR: what so few strangers do not exclude. */
    readonly notExcluded: number;
  } | null;
}

export interface IdentificationFigures {
  readonly enrolled: number;
  readonly mates: number;
  readonly strangers: number;
  /** Probes without a face that can be compared; they name nobody. */
  readonly failures: number;
  /** Pictures of enrolled people whose nearest is the right one, whatever the score. */
  readonly rank1: CountedRate | null;
  /** At the threshold and margin in force. */
  readonly inForce: OperatingPoint;
  /** Other thresholds, the same margin. */
  readonly sweep: readonly OperatingPoint[];
}

/** Steps of the table around the threshold in force, cosine. */
const STEPS = [-0.1, -0.05, 0, 0.05, 0.1] as const;

export function identificationFigures(
  probes: readonly Probe[],
  options: {
    readonly enrolled: number;
    readonly threshold: number;
    readonly margin: number;
    readonly traffic: StrangerTraffic;
  },
): IdentificationFigures {
  const mates = probes.filter(({ person }) => person !== undefined);
  const { threshold, margin, traffic, enrolled } = options;
  return {
    enrolled,
    mates: mates.length,
    strangers: probes.length - mates.length,
    failures: probes.filter(({ best }) => best === undefined).length,
    rank1: counted(mates.map(({ person, best }) => best?.person === person)),
    inForce: operatingPoint(probes, { threshold, margin, traffic }),
    sweep: STEPS.map((step) =>
      operatingPoint(probes, { threshold: Number((threshold + step).toFixed(3)), margin, traffic }),
    ),
  };
}

/** What a threshold and a margin do to these probes. */
export function operatingPoint(
  probes: readonly Probe[],
  { threshold, margin, traffic }: { threshold: number; margin: number; traffic: StrangerTraffic },
): OperatingPoint {
  const named = ({ best }: Probe) =>
    best !== undefined && best.score >= threshold && best.margin >= margin ? best.person : undefined;
  const strangers = probes.filter(({ person }) => person === undefined);
  const mates = probes.filter(({ person }) => person !== undefined);
  const fpir = counted(strangers.map((probe) => named(probe) !== undefined));
  return {
    threshold,
    margin,
    fpir,
    fnir: counted(mates.map((probe) => named(probe) !== probe.person)),
    falseOpens:
      fpir === null
        ? null
        : {
            ...falseOpensPerMonth(fpir.rate, traffic),
            notExcluded: falseOpensPerMonth(wilson(fpir.hits, fpir.trials).high, traffic).likely,
          },
  };
}
