/** Steps at which the crash tests kill when not every one of them is asked for (`LIMEN_CRASH_STEPS=all`). */
const SOME = 8;

/** 1 … `count`, or some of them, evenly spread, the first and the last among them. */
export function crashSteps(count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  if (process.env.LIMEN_CRASH_STEPS === 'all' || count <= SOME) return all;
  return Array.from({ length: SOME }, (_, i) => 1 + Math.round((i * (count - 1)) / (SOME - 1)));
}

/** Two at a time: each is a process of its own. */
export async function eachStep(
  steps: readonly number[],
  step: (dieAt: number) => Promise<void>,
): Promise<void> {
  const left = [...steps];
  const worker = async () => {
    for (let dieAt = left.shift(); dieAt !== undefined; dieAt = left.shift()) await step(dieAt);
  };
  await Promise.all([worker(), worker()]);
}
