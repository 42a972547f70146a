import type { BenchArgs, Io } from '../../api/cli/verbs.ts';
export async function bench(_args: BenchArgs, _io: Io): Promise<number> {
  return 0;
}
