import type { ComponentHealth } from '../../runtime/health.ts';
import { askDaemon } from '../desk/daemon-socket.ts';
import { socketOf } from '../desk/state-holder.ts';
import { type Check, type Finding, fail, ok } from './finding.ts';
import type { Patient } from './patient.ts';

/** What the running daemon says of itself and of the devices that it holds. */
export function daemonChecks({ session }: Patient): Check[] {
  return [{ name: 'daemon', look: () => daemon(socketOf(session)) }];
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
        fix: fixOf(check, said),
      };
    }),
  ];
}

/** First word of a component's name → what helps. */
const FIXES: Readonly<Record<string, string>> = {
  camera: 'look at cable, power and address; limen watch --source URI --once tries one by itself',
  access: 'limen models pull recommended, then models.pack: recommended',
  mqtt: 'look at mqtt.url, its user and password, and whether the broker runs',
  'embedded-broker': 'another program has the port: set mqtt.embeddedPort, or mqtt.url to use that broker',
  journal: 'free the disk: df -h; limen events tells what was lost',
};

function fixOf(component: string, said: string): string {
  if (said.includes('NO DOOR CONNECTED'))
    return 'set door.relay, for instance gpiod://gpiochip0/17; docs/wiring.md';
  if (said.includes('shown before') || said.includes('come again'))
    return "something plays old pictures in the camera's place, or its driver is stuck: look at both; access.frozenMs: 0 for a test source that repeats itself";
  return FIXES[component.split(' ')[0] ?? ''] ?? 'journalctl -u limen tells more';
}
