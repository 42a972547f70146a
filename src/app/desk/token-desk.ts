import { LimenError } from '../../core/errors.ts';
import type { Role } from '../../core/role.ts';
import type { TokenView } from '../../services/tokens/token.ts';
import { Tokens } from '../../services/tokens/tokens.ts';
import { journalRoom } from '../journal-room.ts';
import type { Session } from '../session.ts';
import { tokensDocument } from '../token-room.ts';
import { askDaemon, expectStatus, refusalIn } from './daemon-socket.ts';
import { atHolder } from './state-holder.ts';

const ACTOR = 'cli';

/** What whoever may read the state directory does with tokens, whether a daemon holds it or this process does. */
export interface TokenDesk {
  /** `token` is the secret, shown this once. @throws LimenError `bad_request` | `store_fault` */
  create(request: {
    readonly name: string;
    readonly role: Role;
    readonly expiresAt?: string;
  }): Promise<TokenView & { readonly token: string }>;
  /** In order of creation. */
  list(): Promise<readonly TokenView[]>;
  /** False when there was none. */
  revoke(id: string): Promise<boolean>;
}

/** Runs `work` at the running daemon's desk, or at our own where no daemon holds the state directory. */
export async function withTokenDesk<T>(session: Session, work: (desk: TokenDesk) => Promise<T>): Promise<T> {
  return atHolder(session, {
    own: () => withOwnTokens(session, work),
    daemon: (socketPath) => work(daemonTokens(socketPath)),
  });
}

function daemonTokens(socketPath: string): TokenDesk {
  return {
    create: async (request) => {
      const answer = await askDaemon(socketPath, 'POST', '/v1/tokens', request);
      if (answer.status !== 201) throw refusalIn(answer);
      return answer.body as TokenView & { token: string };
    },
    list: async () => {
      const answer = await askDaemon(socketPath, 'GET', '/v1/tokens');
      return (expectStatus(answer, 200) as { tokens: TokenView[] }).tokens;
    },
    revoke: async (id) => {
      const answer = await askDaemon(socketPath, 'DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
      if (answer.status === 404) return false;
      expectStatus(answer, 204);
      return true;
    },
  };
}

async function withOwnTokens<T>(session: Session, work: (desk: TokenDesk) => Promise<T>): Promise<T> {
  const { config, stateDir, clock, log } = session;
  const document = tokensDocument(stateDir, log);
  const journal = journalRoom(config, { stateDir, clock, log });
  try {
    await document.start();
    await journal.start();
    return await work(ownTokens(new Tokens({ document, journal, clock, log })));
  } finally {
    await journal.stop();
    await document.stop();
  }
}

function ownTokens(tokens: Tokens): TokenDesk {
  return {
    create: async (request) => {
      const outcome = await tokens.create({ ...request, actor: ACTOR });
      switch (outcome.kind) {
        case 'created':
          return { token: outcome.secret, ...outcome.token };
        case 'exists':
          throw new LimenError('bad_request', `there is a token named "${request.name}" already`);
        case 'full':
          throw new LimenError('bad_request', `there are ${outcome.limit} tokens, the most there can be`);
        case 'invalid':
          throw new LimenError('bad_request', outcome.detail);
      }
    },
    list: async () => tokens.list(),
    revoke: (id) => tokens.revoke(id, ACTOR),
  };
}
