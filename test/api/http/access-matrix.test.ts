import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { buildApplication } from '../../../src/api/http/application.ts';
import { Callers } from '../../../src/api/http/callers.ts';
import { ClientRoles } from '../../../src/api/http/clients.ts';
import { webRoutes } from '../../../src/app/web-room.ts';
import type { Config } from '../../../src/config/config.ts';
import { ROLES, type Role } from '../../../src/core/role.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { RECENT_MS } from '../../../src/services/tokens/tokens.ts';
import { requestServices } from '../../fixtures/request-services.ts';
import { RULES, type Rule } from './route-rules.ts';
import { SETTINGS } from './serving.ts';

const PROBLEM = 'advice code detail requestId status title type';
/** The answer of the test's own hook behind the guard: the call was let through, and went no further. */
const ADMITTED = 299;

interface Identity {
  readonly name: string;
  readonly by: 'address' | 'token' | 'stale token' | 'bad token' | 'socket';
  readonly role?: Role;
  readonly address?: string;
  readonly headers?: Record<string, string>;
}

/** What the rules say, worked out without the daemon's own code. */
function expected({ role, credential }: Rule, { by, role: own }: Identity): number {
  if (role === 'open') return ADMITTED;
  if (by === 'bad token') return 401;
  if (by === 'socket') return ADMITTED;
  if (credential === 'token' && by === 'address') return 401;
  if (own === undefined) return 401;
  if (ROLES.indexOf(own) < ROLES.indexOf(role)) return 403;
  return credential === 'recent' && by === 'stale token' ? 403 : ADMITTED;
}

suite('every route for every kind of caller', () => {
  const listed: string[] = [];
  const identities: Identity[] = [];
  let app: FastifyInstance;

  before(async () => {
    const services = await requestServices();
    const { access, clock } = services;
    const token = async (name: string, role: Role): Promise<string> => {
      const made = await access.tokens.create({ name, role, actor: 'test' });
      assert.equal(made.kind, 'created');
      return made.secret;
    };
    const old = await token('old', 'technician');
    clock.advance(RECENT_MS);
    identities.push(
      { name: 'an address that is not listed', by: 'address', address: '192.0.2.1' },
      { name: 'loopback', by: 'address', role: 'technician', address: '127.0.0.1' },
      { name: 'loopback over IPv6', by: 'address', role: 'technician', address: '::1' },
    );
    for (const [i, role] of ROLES.entries()) {
      identities.push({ name: `a listed ${role}`, by: 'address', role, address: `10.0.0.${i + 1}` });
      const secret = await token(role, role);
      const bearer = { authorization: `Bearer ${secret}` };
      const from = { address: '192.0.2.1', by: 'token', role } as const;
      identities.push({ name: `a ${role}'s token`, ...from, headers: bearer });
      identities.push({ name: `a ${role}'s key`, ...from, headers: { 'x-api-key': secret } });
      // a token decides alone, also where the address could do more
      identities.push({
        name: `a ${role}'s token from loopback`,
        ...from,
        address: '127.0.0.1',
        headers: bearer,
      });
    }
    const bad = { by: 'bad token', address: '127.0.0.1' } as const;
    identities.push(
      {
        name: 'an old token',
        by: 'stale token',
        role: 'technician',
        address: '127.0.0.1',
        headers: { authorization: `Bearer ${old}` },
      },
      { name: 'an unknown token from loopback', ...bad, headers: { authorization: 'Bearer limen_wrong' } },
      { name: 'an unknown key from loopback', ...bad, headers: { 'x-api-key': 'limen_wrong' } },
      { name: 'another scheme from loopback', ...bad, headers: { authorization: 'Basic bGltZW46' } },
      {
        name: 'two tokens at once',
        ...bad,
        headers: { authorization: `Bearer ${old}`, 'x-api-key': 'limen_wrong' },
      },
      {
        name: 'an unlisted address that claims to be loopback',
        by: 'address',
        address: '192.0.2.1',
        headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      },
      { name: 'the socket', by: 'socket', headers: { 'x-test-socket': 'yes' } },
    );
    const clients = ROLES.map((role, i) => ({ cidr: `10.0.0.${i + 1}/32`, role }));
    const parts = { ...services, requests: services, health: new Health(), views: [], ready: () => true };
    app = buildApplication({
      settings: SETTINGS,
      callers: new Callers({
        roles: new ClientRoles(clients),
        access,
        log: silentLog,
        isLocal: ({ headers }) => headers['x-test-socket'] === 'yes',
      }),
      tokens: access.tokens,
      routes: webRoutes({ http: { ...SETTINGS, defaultGallery: 'default' } as Config['http'] }, parts),
      log: silentLog,
    });
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) listed.push(`${each} ${url.replace(/(.)\/$/, '$1')}`);
    });
    app.addHook('onRequest', async (_request, reply) => reply.code(ADMITTED).send());
    await app.ready();
  });

  test('the table names every route, and no other', () => {
    const routes = new Set(listed.filter((route) => !route.startsWith('HEAD ')));
    assert.deepEqual([...routes].toSorted(), Object.keys(RULES).toSorted());
    for (const route of listed.filter((each) => each.startsWith('HEAD '))) {
      assert.ok(RULES[route.replace('HEAD', 'GET')], `${route} without its GET`);
    }
  });

  test('each caller is let through or refused as the table says, in the shape of the route', async () => {
    let cases = 0;
    for (const route of new Set(listed)) {
      const rule = RULES[route.replace(/^HEAD /, 'GET ')] as Rule;
      const [method = '', pattern = ''] = route.split(' ');
      const plain = pattern.replace(/:(\w+)|\*/g, 'x');
      const urls = plain === '/' ? [plain] : [plain, `${plain}/`];
      for (const identity of identities) {
        for (const url of urls) {
          const { address = '127.0.0.1', headers = {} } = identity;
          const injected = app.inject({
            method: method as 'GET',
            url,
            headers,
            remoteAddress: address,
          }) as Promise<LightMyRequestResponse>;
          const response = await injected;
          const wanted = expected(rule, identity);
          const title = `${method} ${url} for ${identity.name}`;
          assert.equal(response.statusCode, wanted, `${title}: ${response.body}`);
          if (wanted !== ADMITTED && method !== 'HEAD') {
            const members = Object.keys(response.json()).toSorted().join(' ');
            assert.equal(members, rule.failure ?? PROBLEM, title);
          }
          if (wanted === 401) assert.equal(response.headers['www-authenticate'], 'Bearer', title);
          cases++;
        }
      }
    }
    assert.ok(cases > 1_500, `${cases} cases`);
  });

  test('a route that nobody has given a role is refused at registration', async () => {
    const careless = buildApplication({
      settings: SETTINGS,
      callers: new Callers({ roles: new ClientRoles([]), log: silentLog, isLocal: () => false }),
      routes: [(scope) => scope.get('/open-sesame', async () => 'welcome')],
      log: silentLog,
    });
    await assert.rejects(async () => careless.ready(), /GET \/open-sesame declares no role/);
  });
});
