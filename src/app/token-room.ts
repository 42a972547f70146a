import { join } from 'node:path';
import { type LimitsDocument, parseLimits, RequestLimits } from '../api/http/limits.ts';
import type { Config } from '../config/config.ts';
import { unsafeBind } from '../config/http.ts';
import { LimenError } from '../core/errors.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import type { Component } from '../runtime/component.ts';
import {
  FailedTokens,
  type FailedTokensDocument,
  parseFailedTokens,
} from '../services/tokens/failed-tokens.ts';
import { parseTokens, type TokensDocument } from '../services/tokens/token.ts';
import { Tokens } from '../services/tokens/tokens.ts';

export interface TokenRoom {
  readonly tokens: Tokens;
  readonly failedTokens: FailedTokens;
  readonly limits: RequestLimits;
  /** In order of start, after the state directory's lock and the journal. */
  readonly components: readonly Component[];
}

/** Who may call with a token, which addresses have tried wrong ones, and how often anybody may call. */
export function tokenRoom(
  config: Config,
  parts: { stateDir: string; journal: Journal; clock: Clock; log: Log },
): TokenRoom {
  const { stateDir, log, clock } = parts;
  const document = tokensDocument(stateDir, log);
  // an unreadable count must not lift the lock-outs silently, so it stops the start as well
  const failed = new DocumentFile<FailedTokensDocument>({
    path: join(stateDir, 'failed-tokens.json'),
    log,
    name: 'failed-tokens',
    schema: 1,
    initial: { addresses: {} },
    parse: parseFailedTokens,
  });
  const counts = new DocumentFile<LimitsDocument>({
    path: join(stateDir, 'limits.json'),
    log,
    name: 'limits',
    schema: 1,
    initial: { callers: {} },
    parse: parseLimits,
    // what one minute's callers have asked is no reason to stay down
    whenUnreadable: 'replace',
  });
  const tokens = new Tokens({ ...parts, document });
  const { requestsPerMinute } = config.http.limits;
  const limits = new RequestLimits({ document: counts, requestsPerMinute, clock, log });
  return {
    tokens,
    failedTokens: new FailedTokens(failed, clock),
    limits,
    components: [document, failed, counts, limits, bindCheck(config, tokens)],
  };
}

/** The file that holds the tokens' hashes. */
export function tokensDocument(stateDir: string, log: Log): DocumentFile<TokensDocument> {
  return new DocumentFile<TokensDocument>({
    path: join(stateDir, 'tokens.json'),
    log,
    name: 'tokens',
    schema: 1,
    initial: { tokens: [] },
    parse: parseTokens,
  });
}

/** Before anything listens: whether somebody else could call whom nobody has let in. */
function bindCheck({ http }: Config, tokens: Tokens): Component {
  return {
    name: 'http bind',
    start: async () => {
      const unsafe = unsafeBind(http, tokens.any);
      if (unsafe !== undefined) throw new LimenError('bind_unsafe', unsafe);
    },
    stop: async () => undefined,
  };
}
