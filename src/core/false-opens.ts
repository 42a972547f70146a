/** Days that "a month" means wherever a rate per month is told. */
export const DAYS_PER_MONTH = 30;

/** How strangers come to a door, for turning a rate per look into opens per month. */
export interface StrangerTraffic {
  readonly visitsPerDay: number;
  /** Embeddings compared with the gallery during one visit. */
  readonly looksPerVisit: number;
}

/**
 * Expected false opens a month when one look of a stranger names somebody with probability `perLook`. `likely` takes
 * all looks of a visit for one (a face that resembles somebody does so in every frame); `most` takes them for
 * independent and lets a single one open. Votes in several frames keep the truth at or below `likely` to `most`.
 */
export function falseOpensPerMonth(
  perLook: number,
  { visitsPerDay, looksPerVisit }: StrangerTraffic,
): { readonly likely: number; readonly most: number } {
  const visits = visitsPerDay * DAYS_PER_MONTH;
  return { likely: visits * perLook, most: visits * (1 - (1 - perLook) ** looksPerVisit) };
}
