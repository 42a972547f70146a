import type { Role } from '../../../src/core/role.ts';

export interface Rule {
  /** Least role; `open` is everybody. */
  readonly role: Role | 'open';
  /** `token`: never by address. `recent`: a token must have been issued within 5 minutes. */
  readonly credential?: 'token' | 'recent';
  /** Members of the dialect's own failure; those of RFC 9457 when absent. */
  readonly failure?: string;
}

const open: Rule = { role: 'open' };
const viewer: Rule = { role: 'viewer' };
const terminal: Rule = { role: 'terminal' };
const technician: Rule = { role: 'technician' };
const withToken: Rule = { role: 'technician', credential: 'token' };
const A = { failure: 'message status' };
const B = { failure: 'error' };
const C = { failure: 'Decision DecisionReason score' };
const D = { failure: 'message result type' };

/**
 * Who may call what: the whole table. A route that is not here, or does not do what is said here, fails the test of
 * the matrix; a route without a role does not even register.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  // document 000
  'POST /api/register': { ...technician, ...A },
  'POST /api/verify': { ...terminal, ...A },
  'POST /api/remove': { ...technician, ...A },
  // documents 001 and 002
  'POST /register': { ...technician, ...B },
  'GET /register': { ...viewer, ...B },
  'DELETE /register': { ...technician, ...B },
  'POST /verify': { ...terminal, failure: 'error verified' },
  // document 003
  'POST /api/enroll': { ...technician, failure: 'DecisionReason EnrollStatus trained' },
  'POST /api/authentificate': { ...terminal, ...C },
  'POST /api/reset': { ...technician, credential: 'recent', failure: 'code msg' },
  // document 004
  'POST /login': { ...terminal, ...D },
  'POST /register/user': { ...technician, ...D },
  'POST /reset_password': { ...terminal, ...D },
  'POST /register/face': { ...technician, ...D },
  'GET /face': { ...terminal, ...D },
  'POST /face': { ...terminal, ...D },
  'GET /distance': { ...terminal, ...D },
  'POST /distance': { ...terminal, ...D },
  'GET /personal_color': { ...terminal, ...D },
  'POST /personal_color': { ...terminal, ...D },
  // native
  'GET /v1/health': open,
  'GET /v1/ready': open,
  'GET /v1/galleries': viewer,
  'GET /v1/people': viewer,
  'GET /v1/people/:gallery/:id': viewer,
  'PUT /v1/people/:gallery/:id': technician,
  'PATCH /v1/people/:gallery/:id': technician,
  'DELETE /v1/people/:gallery/:id': technician,
  'GET /v1/people/:gallery/:id/faces': viewer,
  'DELETE /v1/people/:gallery/:id/faces/:faceId': technician,
  'POST /v1/people/:gallery/:id/faces': technician,
  'POST /v1/verify': terminal,
  'POST /v1/identify': terminal,
  'POST /v1/distance': terminal,
  'POST /v1/colour': terminal,
  'GET /v1/cameras': viewer,
  'GET /v1/cameras/:door/snapshot': technician,
  'GET /v1/cameras/:door/stream': technician,
  'POST /v1/cameras/:door/calibration': technician,
  'GET /v1/accounts': technician,
  'PUT /v1/accounts/:id/password': withToken,
  'DELETE /v1/accounts/:id': technician,
  'GET /v1/doors': viewer,
  'GET /v1/doors/:door': viewer,
  'POST /v1/doors/:door/unlock': withToken,
  'POST /v1/doors/:door/lock': withToken,
  'POST /v1/doors/:door/mode': withToken,
  'GET /v1/tokens': withToken,
  'POST /v1/tokens': withToken,
  'DELETE /v1/tokens/:id': withToken,
  'POST /v1/tokens/self/reenter': { role: 'viewer', credential: 'token' },
  'POST /v1/keys/rotate': withToken,
  'POST /v1/backup': withToken,
  'POST /v1/restore': withToken,
  'GET /v1/people/:gallery/:id/export': withToken,
  'GET /v1/config': technician,
  'GET /v1/metrics': viewer,
  'GET /v1/events': viewer,
  'GET /v1/events/live': viewer,
  // the description
  'GET /openapi.json': viewer,
  'GET /docs': viewer,
  'GET /docs/static/*': viewer,
  'GET /docs/static/index.html': viewer,
  'GET /docs/static/swagger-initializer.js': viewer,
  'GET /docs/json': viewer,
  'GET /docs/yaml': viewer,
};
