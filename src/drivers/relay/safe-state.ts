import type { Clock } from '../../core/ports/clock.ts';
import { relayFor } from './schemes.ts';

/**
 * Puts the line that `uri` names into its safe state and gives it back: for systemd's ExecStopPost, after a
 * daemon that could not do it itself. Needs neither models nor configuration beyond the URI.
 * @throws LimenError `relay_unavailable` (for instance while a daemon still holds the line) | `relay_fault`
 */
export async function releaseRelay(uri: string, clock: Clock): Promise<void> {
  const relay = relayFor(uri, clock);
  await relay.open();
  await relay.close();
}
