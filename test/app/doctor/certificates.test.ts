import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkChecks } from '../../../src/app/doctor/network-checks.ts';
import type { Patient } from '../../../src/app/doctor/patient.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Certificates, withoutOpenssl } from '../../drivers/broker/certificates.ts';

test('the doctor tells a client certificate of the broker connection that ends soon, has ended, or does not fit', {
  skip: withoutOpenssl(),
}, async (t) => {
  const pki = new Certificates();
  t.after(() => pki.remove());
  pki.authority('ca');
  for (const [name, days] of [
    ['year', 365],
    ['short', 3],
    ['other', 365],
  ] as const) {
    pki.signedBy('ca', name, 'extendedKeyUsage=clientAuth', days);
  }
  const look = async (cert: string, key: string, afterDays: number) => {
    const clock = new ManualClock({ epoch: new Date(Date.now() + afterDays * 86_400_000) });
    const mqtt = { cert: pki.path(`${cert}.pem`), key: pki.path(`${key}.key`) };
    const session = { clock, config: { mqtt, http: { tls: {} } } };
    const checks = networkChecks({ session, running: true } as unknown as Patient);
    const check = checks.find(({ name }) => name === 'mqtt certificate');
    const found = await check?.look(new AbortController().signal);
    return (found as { status: string }).status;
  };
  assert.equal(await look('year', 'year', 300), 'ok');
  assert.equal(await look('year', 'year', 350), 'warn');
  assert.equal(await look('year', 'year', 370), 'fail');
  // one that lives for days is renewed in its last day
  assert.equal(await look('short', 'short', 1), 'ok');
  assert.equal(await look('short', 'short', 2.5), 'warn');
  assert.equal(await look('year', 'other', 1), 'fail');
});
