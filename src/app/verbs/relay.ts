import type { Io, RelayOffArgs } from '../../api/cli/verbs.ts';
import { loadConfig } from '../../config/load.ts';
import { toLimenError } from '../../core/errors.ts';
import { releaseRelay } from '../../drivers/relay/safe-state.ts';
import { SystemClock } from '../../runtime/clock.ts';

/**
 * `limen relay off [URI…]`: the safe state of every relay, for systemd's ExecStopPost after a daemon that could not
 * write it. Needs no models, no state and no daemon, and tries each line although another fails.
 */
export async function relayOff(args: RelayOffArgs, io: Io): Promise<number> {
  const clock = new SystemClock();
  const results: { relay: string; released: boolean; reason?: string }[] = [];
  for (const relay of args.uris.length > 0 ? args.uris : configured(args, io)) {
    // a relay elsewhere ends its lease by itself, and a desk's has no line
    if (/^(mqtt|memory):/.test(relay)) continue;
    try {
      await releaseRelay(relay, clock);
      results.push({ relay, released: true });
    } catch (cause) {
      results.push({ relay, released: false, reason: toLimenError(cause, 'relay_fault').message });
    }
  }
  if (args.json) await io.stdout.json({ relays: results });
  else {
    for (const { relay, released, reason } of results) {
      await io.stdout.line(released ? `${relay} released` : `${relay} NOT released: ${reason}`);
    }
    if (results.length === 0) await io.stdout.line('no relay with a line of its own is configured');
  }
  return results.every(({ released }) => released) ? 0 : 1;
}

/** Lamps and buzzers too: one that stays on says what is not so. */
function configured({ config: file }: RelayOffArgs, { env }: Io): string[] {
  const { config } = loadConfig({ file, env });
  const uris = config.doors.flatMap(({ relay, outputs }) => [relay, outputs.granted, outputs.denied]);
  return [...new Set(uris.filter((uri) => uri !== undefined))];
}
