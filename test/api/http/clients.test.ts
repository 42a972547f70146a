import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientRoles } from '../../../src/api/http/clients.ts';
import { roleAllows } from '../../../src/core/role.ts';

test('loopback is technician, everybody else nobody, until listed', () => {
  const roles = new ClientRoles([]);
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    assert.equal(roles.roleOf(address), 'technician', address);
  }
  for (const address of ['10.0.0.7', 'fe80::1', '::ffff:10.0.0.7', '', 'nonsense', undefined]) {
    assert.equal(roles.roleOf(address), undefined, address);
  }
});

test('the narrowest range counts, whatever the order, and loopback may be listed lower', () => {
  const roles = new ClientRoles([
    { cidr: '0.0.0.0/0', role: 'viewer' },
    { cidr: '10.0.0.0/8', role: 'viewer' },
    { cidr: '10.0.0.7', role: 'technician' },
    { cidr: '10.0.0.0/24', role: 'terminal' },
    { cidr: 'fd00::/8', role: 'terminal' },
    { cidr: '127.0.0.0/8', role: 'viewer' },
  ]);
  assert.deepEqual(
    ['10.0.0.7', '10.0.0.8', '10.1.0.1', '192.168.0.1', 'fd12::1', 'fe80::1', '127.0.0.1', '::1'].map((a) =>
      roles.roleOf(a),
    ),
    ['technician', 'terminal', 'viewer', 'viewer', 'terminal', undefined, 'viewer', 'technician'],
  );
});

test('certificates are known by common name or fingerprint, the first entry that names one counts', () => {
  const fingerprint = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':');
  const roles = new ClientRoles([
    { certificate: fingerprint.replaceAll(':', '').toLowerCase(), role: 'technician' },
    { certificate: 'panel', role: 'terminal' },
    { certificate: 'panel', role: 'viewer' },
  ]);
  assert.equal(roles.roleOfCertificate({ commonName: 'panel', fingerprint: 'AB' }), 'terminal');
  assert.equal(roles.roleOfCertificate({ commonName: 'panel', fingerprint }), 'technician');
  for (const commonName of ['', 'Panel', 'panel ', fingerprint]) {
    assert.equal(roles.roleOfCertificate({ commonName, fingerprint: 'AB' }), undefined, commonName);
  }
  assert.equal(roles.roleOf('panel'), undefined);
});

test('roles are cumulative', () => {
  assert.deepEqual(
    (['viewer', 'terminal', 'technician'] as const).map((needed) => roleAllows('terminal', needed)),
    [true, true, false],
  );
  assert.equal(roleAllows(undefined, 'viewer'), false);
});

for (const cidr of [
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0/8',
  'lan',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '10.0.0.0/-1',
]) {
  test(`"${cidr}" is refused by name`, () => {
    assert.throws(() => new ClientRoles([{ cidr, role: 'viewer' }]), { code: 'config_invalid' });
  });
}
