import { formatFindings } from '../../api/cli/findings.ts';
import type { CommonArgs, Io } from '../../api/cli/verbs.ts';
import { toLimenError } from '../../core/errors.ts';
import { loadPack } from '../../drivers/inference/packs/load-pack.ts';
import { silentLog } from '../../runtime/logger.ts';
import { atHolder } from '../desk/state-holder.ts';
import { daemonChecks } from '../doctor/daemon-checks.ts';
import { deviceChecks } from '../doctor/device-checks.ts';
import { type Check, examine, type Finding, failed, ok } from '../doctor/finding.ts';
import { lensChecks } from '../doctor/lens-checks.ts';
import { machineChecks } from '../doctor/machine-checks.ts';
import { modelChecks } from '../doctor/model-checks.ts';
import { networkChecks } from '../doctor/network-checks.ts';
import type { Patient } from '../doctor/patient.ts';
import { stateChecks } from '../doctor/state-checks.ts';
import { openSession, type Session } from '../session.ts';

/** `limen doctor`: every part of the installation, one line each, with what to do. */
export async function doctor(args: CommonArgs, io: Io): Promise<number> {
  const findings: Finding[] = [];
  const told = async (found: readonly Finding[]) => {
    findings.push(...found);
    if (!args.json) await io.stdout.write(formatFindings(found, io.stdout));
  };
  try {
    await told([ok('node', `${process.version} on ${process.platform}/${process.arch}`)]);
    // what a part would log, its finding says
    const session = { ...openSession(args, io, { quiet: true }), log: silentLog };
    await told([ok('configuration', session.configFile ?? 'no file: the defaults hold')]);
    await withPatient(session, io, async (patient) => {
      for (const check of checksOf(patient)) await told(await examine(check, io.signal));
    });
  } catch (cause) {
    io.signal.throwIfAborted();
    await told([failed(causeOf(cause), cause)]);
  }
  const count = (status: Finding['status']) => findings.filter((each) => each.status === status).length;
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail') };
  if (args.json) await io.stdout.json({ ...counts, findings });
  else await io.stdout.line(`\n${counts.ok} ok, ${counts.warn} warnings, ${counts.fail} failures`);
  return counts.fail === 0 ? 0 : 1;
}

function checksOf(patient: Patient): Check[] {
  return [
    ...stateChecks(patient),
    ...modelChecks(patient),
    ...(patient.running ? daemonChecks(patient) : deviceChecks(patient)),
    ...lensChecks(patient),
    ...networkChecks(patient),
    ...machineChecks(patient),
  ];
}

/** Holds the state directory meanwhile, so that no daemon starts under the doctor's hands. */
async function withPatient(
  session: Session,
  io: Io,
  work: (patient: Patient) => Promise<void>,
): Promise<void> {
  const pack = await loadPack(session.config.models.pack);
  const patient = { session, env: io.env, pack };
  await atHolder(session, {
    own: () => work({ ...patient, running: false }),
    daemon: () => work({ ...patient, running: true }),
  });
}

function causeOf(cause: unknown): string {
  const { code } = toLimenError(cause);
  return code.startsWith('config') || code.startsWith('uri') ? 'configuration' : (code.split('_')[0] ?? code);
}
