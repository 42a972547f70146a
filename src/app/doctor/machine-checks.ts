import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

const SYSTEMCTL_LIMIT_MS = 5_000;

/** The machine around Limen. */
export function machineChecks(patient: Patient): Check[] {
  return [
    { name: 'clock', look: async () => clock(patient) },
    { name: 'service', look: () => service() },
  ];
}

function clock({ session }: Patient): Finding {
  const now = session.clock.wall().toISOString();
  if (session.clock.wallSynced()) return ok('clock', `${now}, kept by the network`);
  return warn('clock', `${now}, nothing is known to keep it right`, 'timedatectl set-ntp true');
}

async function service(): Promise<Finding> {
  // made by systemd itself: sd_booted(3)
  if (!existsSync('/run/systemd/system')) return ok('service', 'no systemd here');
  const wanted = 'LoadState,ActiveState,UnitFileState,NRestarts';
  const { stdout } = await promisify(execFile)(
    'systemctl',
    ['show', 'limen.service', `--property=${wanted}`],
    {
      timeout: SYSTEMCTL_LIMIT_MS,
    },
  );
  const state = new Map(stdout.split('\n').map((line) => line.split('=', 2) as [string, string]));
  if (state.get('LoadState') !== 'loaded') {
    return warn('service', 'not installed: nobody starts Limen after a power cut', 'sudo scripts/install.sh');
  }
  const active = state.get('ActiveState') ?? 'unknown';
  if (state.get('UnitFileState') !== 'enabled') {
    return warn('service', `${active}, not started at boot`, 'sudo systemctl enable limen');
  }
  if (active === 'failed') return fail('service', 'failed', 'journalctl -u limen -n 50');
  const restarts = Number(state.get('NRestarts') ?? 0);
  const detail = `${active}, enabled, restarted ${restarts} times since boot`;
  return restarts > 0 ? warn('service', detail, 'journalctl -u limen says why') : ok('service', detail);
}
