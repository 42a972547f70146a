import { join } from 'node:path';
import type { ComponentHealth } from '../../runtime/health.ts';
import { askDaemon } from '../desk/daemon-socket.ts';
import { type Check, type Finding, fail, ok } from './finding.ts';
import type { Patient } from './patient.ts';

/** What the running daemon says of itself and of the devices that it holds. */
export function daemonChecks({ session: { stateDir } }: Patient): Check[] {
  return [{ name: 'daemon', look: () => daemon(join(stateDir, 'limen.sock')) }];
}

async function daemon(socketPath: string): Promise<Finding[]> {
  const { status, body } = await askDaemon(socketPath, 'GET', '/v1/health');
  if (status !== 200) return [fail('daemon', `it answers ${status}`, 'journalctl -u limen -n 50')];
  const { components = {} } = body as { components?: Record<string, ComponentHealth> };
  return [
    ok('daemon', 'answers on its socket'),
    ...Object.entries(components).map(([check, { status: is, detail = '' }]): Finding => {
      if (is === 'ok') return ok(check, detail || 'ok');
      const said = detail || is;
      return {
        check,
        status: is === 'failed' ? 'fail' : 'warn',
        detail: said,
        fix: 'see the log: journalctl -u limen',
      };
    }),
  ];
}
