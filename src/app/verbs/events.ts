import type { EventsArgs, Io } from '../../api/cli/verbs.ts';
export async function events(_args: EventsArgs, _io: Io): Promise<number> {
  return 0;
}
