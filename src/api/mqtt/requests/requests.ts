import { LimenError, toLimenError } from '../../../core/errors.ts';
import type { Broker, BrokerMessage } from '../../../core/ports/broker.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Log } from '../../../core/ports/log.ts';
import {
  isRequestVerb,
  REQUEST_VERB_NAMES,
  REQUEST_VERBS,
  type RequestVerb,
} from '../../../core/request-verbs.ts';
import { roleAllows } from '../../../core/role.ts';
import type { Component } from '../../../runtime/component.ts';
import type { FailedTokens } from '../../../services/tokens/failed-tokens.ts';
import type { Tokens } from '../../../services/tokens/tokens.ts';
import type { Topics } from '../topics.ts';
import type { NonceMemory } from './nonce-memory.ts';
import { checkRequest, parsePayload, transactionIn, transactionOf } from './read-request.ts';
import { claimRefusal } from './refusals.ts';
import type { Envelope } from './schemas.ts';
import { Senders } from './senders.ts';
import type { VerbHandlers } from './verb-handlers.ts';

export interface MqttRequestsOptions {
  readonly doors: readonly string[];
  /** `mqtt.verbs` */
  readonly verbs: readonly RequestVerb[];
  /** `mqtt.trustBroker` */
  readonly trustBroker: boolean;
}

export interface MqttRequestsParts {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly tokens: Pick<Tokens, 'authenticate' | 'isRecent'>;
  readonly failedTokens: Pick<FailedTokens, 'lockedForMs' | 'note'>;
  readonly nonces: NonceMemory;
  readonly handlers: VerbHandlers;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests with a picture (up to 3 MB each) under way at once, and those without; more are refused, not queued. */
const MAX_WITH_IMAGE = 4;
const MAX_WITHOUT_IMAGE = 16;
const WITH_IMAGE: readonly string[] = ['verify', 'identify', 'enroll'] satisfies RequestVerb[];

interface Answer {
  readonly status: 'ok' | 'error';
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly advice: string };
  readonly transaction?: string | undefined;
}

/**
 * `request/<verb>` in, `response/<verb>` out. Before anything is done: the message is not retained, it has the shape
 * of its schema, its sender may, the verb is enabled, and where it changes something its nonce has never been here
 * and is on disk, and it has not expired. The checks stand in this order so that strangers cannot fill the memory.
 */
export class MqttRequests implements Component {
  readonly name = 'mqtt requests';
  readonly #options: MqttRequestsOptions;
  readonly #parts: MqttRequestsParts;
  readonly #senders: Senders;
  readonly #underWay = new Set<Promise<void>>();
  #withImage = 0;
  #off: (() => void)[] = [];

  constructor(options: MqttRequestsOptions, parts: MqttRequestsParts) {
    this.#options = options;
    this.#parts = parts;
    this.#senders = new Senders({ ...parts, trustBroker: options.trustBroker });
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { broker, topics } = this.#parts;
    this.#off = this.#options.doors.map((door) =>
      broker.subscribe(topics.request(door), (message) => this.#receive(door, message)),
    );
  }

  /** Takes nothing more; what is under way is answered while the connection lasts. */
  async stop(): Promise<void> {
    for (const off of this.#off) off();
    this.#off = [];
    await Promise.all(this.#underWay);
  }

  #receive(door: string, message: BrokerMessage): void {
    const verb = message.topic.slice(message.topic.lastIndexOf('/') + 1);
    const withImage = WITH_IMAGE.includes(verb);
    const full = withImage
      ? this.#withImage >= MAX_WITH_IMAGE
      : this.#underWay.size - this.#withImage >= MAX_WITHOUT_IMAGE;
    if (full) {
      const busy = new LimenError('busy', 'too many requests at the same time');
      this.#send(door, verb, failed(busy, transactionIn(message.payload)));
      return;
    }
    if (withImage) this.#withImage++;
    const work = this.#answer(door, verb, message).then((answer) => this.#send(door, verb, answer));
    this.#underWay.add(work);
    void work.finally(() => {
      this.#underWay.delete(work);
      if (withImage) this.#withImage--;
    });
  }

  /** A border: never rejects. */
  async #answer(door: string, verb: string, message: BrokerMessage): Promise<Answer> {
    let transaction: string | undefined;
    try {
      const value = parsePayload(message.payload);
      transaction = transactionOf(value);
      if (!isRequestVerb(verb)) {
        throw new LimenError(
          'bad_request',
          `there is no such request; there are: ${REQUEST_VERB_NAMES.join(', ')}`,
        );
      }
      if (message.retain) {
        throw new LimenError(
          'request_stale',
          'retained requests are refused; send it without the retain flag',
        );
      }
      const data = await this.#act(door, verb, checkRequest(verb, value));
      return { status: 'ok', data, transaction };
    } catch (cause) {
      const error = toLimenError(cause);
      const report = error.code === 'internal_fault' || error.code === 'store_fault' ? 'error' : 'debug';
      this.#parts.log[report]({ door, verb, code: error.code, cause: error.message }, 'request refused');
      return failed(error, transaction);
    }
  }

  async #act(door: string, verb: RequestVerb, request: Envelope): Promise<unknown> {
    const wanted = verb === 'unlock' && 'command' in request && request.command === 'lock' ? 'lock' : verb;
    const { role, actor, bearer } = await this.#senders.identify(request);
    const { role: needed, changes } = REQUEST_VERBS[wanted];
    if (!roleAllows(role, needed)) {
      throw role === undefined
        ? new LimenError('unauthorised', 'it carries no token, and `mqtt.trustBroker` is not set')
        : new LimenError('forbidden', `token "${bearer?.name}" was made as ${role}; ${needed} may do this`);
    }
    if (wanted === 'reset' && bearer !== undefined && !this.#parts.tokens.isRecent(bearer, 'mqtt')) {
      throw new LimenError(
        'forbidden',
        `a reset needs a token issued within 5 minutes, not at ${bearer.issuedAt}`,
      );
    }
    if (changes) {
      if (!this.#options.verbs.includes(wanted)) {
        throw new LimenError('forbidden', `${wanted} over MQTT is off; name it in \`mqtt.verbs\``);
      }
      await this.#claim(request);
    }
    const handle = this.#parts.handlers[wanted] as (
      request: Envelope,
      origin: { door: string; actor: string },
    ) => Promise<unknown>;
    return handle(request, { door, actor });
  }

  /** Resolves when this copy of the command, and no other, is to be acted upon. */
  async #claim({ nonce = '', expiresAt = '' }: Envelope): Promise<void> {
    const { nonces, clock } = this.#parts;
    const expiresAtMs = Date.parse(expiresAt);
    if (Number.isNaN(expiresAtMs)) throw new LimenError('bad_request', '`expiresAt` is no date and time');
    const lastMs = clock.nowMs() + expiresAtMs - clock.wall().getTime();
    const claim = await nonces.claim(nonce, expiresAtMs);
    if (claim.kind !== 'claimed') throw claimRefusal(claim);
    // the disk may have taken its time, and the wall clock a step
    const lateMs = Math.ceil(clock.nowMs() - lastMs);
    if (!(lateMs < 0)) throw claimRefusal({ kind: 'expired', byMs: lateMs });
  }

  /** What cannot be sent now is not sent later: the sender has stopped waiting by then. */
  #send(door: string, verb: string, answer: Answer): void {
    const { broker, topics, log } = this.#parts;
    broker
      .publish(topics.response(door, verb), JSON.stringify(answer), { qos: 1, retain: false })
      .catch((cause: unknown) => {
        log.debug({ door, verb, cause: toLimenError(cause).message }, 'an answer could not be sent');
      });
  }
}

function failed(error: LimenError, transaction?: string): Answer {
  const { code, advice } = error;
  // what nobody foresaw may say anything; it is in the log
  const message = code === 'internal_fault' ? 'something went wrong in the daemon' : error.message;
  return { status: 'error', error: { code, message, advice }, transaction };
}
