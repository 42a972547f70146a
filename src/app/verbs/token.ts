import { formatTable } from '../../api/cli/table.ts';
import type { CommonArgs, Io, TokenCreateArgs, TokenRevokeArgs } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import { withTokenDesk } from '../desk/token-desk.ts';
import { openSession } from '../session.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** `limen token create`: prints the secret, once and never again. */
export async function tokenCreate(args: TokenCreateArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const expiresAt = args.expires === undefined ? undefined : expiry(args.expires, session.clock.wall());
  return withTokenDesk(session, async (desk) => {
    const name = args.name ?? unused(args.role, await desk.list());
    const made = await desk.create({ name, role: args.role, ...(expiresAt !== undefined && { expiresAt }) });
    if (args.json) await io.stdout.json(made);
    else {
      await io.stdout.line(made.token);
      const until = made.expiresAt === undefined ? '' : `, until ${made.expiresAt}`;
      await io.stderr.line(`token "${name}" (${made.id}), ${made.role}${until}: shown once, write it down`);
    }
    return 0;
  });
}

/** `limen token list`: what there is, never a secret. */
export async function tokenList(args: CommonArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withTokenDesk(session, async (desk) => {
    const tokens = await desk.list();
    if (args.json) await io.stdout.json({ tokens });
    else if (tokens.length === 0) {
      await io.stdout.line('There are no tokens. Make one: limen token create panel --role terminal');
    } else {
      const now = session.clock.wall().toISOString();
      const rows = tokens.map(({ id, name, role, createdAt, expiresAt, lastUsedOn }) => [
        id,
        name,
        role,
        createdAt.slice(0, 10),
        lastUsedOn ?? 'never',
        expiresAt === undefined
          ? ''
          : `${expiresAt <= now ? 'expired' : 'expires'} ${expiresAt.slice(0, 16)}`,
      ]);
      await io.stdout.write(formatTable(['id', 'name', 'role', 'made (UTC)', 'last used', ''], rows));
    }
    return 0;
  });
}

/** `limen token revoke`: worth nothing from the moment that this ends. */
export async function tokenRevoke(args: TokenRevokeArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withTokenDesk(session, async (desk) => {
    const tokens = await desk.list();
    const found =
      tokens.find(({ id }) => id === args.token) ?? tokens.find(({ name }) => name === args.token);
    if (found === undefined || !(await desk.revoke(found.id))) {
      throw new LimenError('not_found', `there is no token with the id or name "${args.token}"`);
    }
    if (args.json) await io.stdout.json({ revoked: { id: found.id, name: found.name } });
    else await io.stdout.line(`token "${found.name}" (${found.id}) revoked`);
    return 0;
  });
}

/** `terminal-1`, or the first number that is free. */
function unused(role: string, tokens: readonly { readonly name: string }[]): string {
  const names = new Set(tokens.map(({ name }) => name));
  let n = 1;
  while (names.has(`${role}-${n}`)) n++;
  return `${role}-${n}`;
}

/** `90d`, `12h`, a day (to its end, UTC) or RFC 3339. @throws LimenError `usage` */
function expiry(text: string, now: Date): string {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count !== undefined) {
    return new Date(now.getTime() + Number(count) * (unit === 'd' ? DAY_MS : HOUR_MS)).toISOString();
  }
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const atMs = Date.parse(text) + (day ? DAY_MS : 0);
  if (Number.isNaN(atMs) || (!day && !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text))) {
    throw new LimenError('usage', `--expires ${text} is neither 90d, 12h, 2030-01-31 nor an RFC 3339 time`);
  }
  return new Date(atMs).toISOString();
}
