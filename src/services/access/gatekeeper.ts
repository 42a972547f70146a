import type { Decision, Denied, Granted } from '../../core/decision.ts';
import { toLimenError } from '../../core/errors.ts';
import type { DenialReason, EventBody, RelayReport } from '../../core/events.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { PersonRef } from '../../core/person.ts';
import { samePerson } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import { Entering } from './entering.ts';
import { figures } from './event-body.ts';
import { spoofGround, tally, unanimous, voteOf } from './evidence.ts';
import { keyOf, Pairs } from './pairs.ts';
import { type AccessPolicy, candidate, decide, type PersonLookup } from './policy.ts';
import { type Visit, Visits } from './visits.ts';

/** The door as the gatekeeper sees it; `services/door` is one. */
export interface Unlockable {
  readonly connected: boolean;
  /** Whether a relay other than `memory:` hangs on it. */
  readonly real: boolean;
  /** How long a grant opens it, ms. */
  readonly holdMs: number;
  readonly mode: 'normal' | 'held_open' | 'lockdown';
  /** `off`: refused without touching the relay. Does not reject. */
  unlock(request: {
    readonly cause: 'grant';
    readonly capturedAtMs: number;
    readonly person: PersonRef;
    readonly track: number;
  }): Promise<RelayReport>;
}

/** What one processed frame told, whoever tracked it. */
export interface ProcessedFrame {
  readonly faces: readonly FaceObservation[];
  /** Tracks that have ended since the last frame. */
  readonly endedTracks?: readonly number[];
}

export interface TrackDecision {
  readonly trackId: number;
  readonly decision: Decision;
}

/** A track unseen for this long has left, should its end not be reported, ms. */
const FORGET_MS = 10_000;
/** A failed relay is asked again for the same track after this, ms: the person is still standing there. */
const RELAY_RETRY_MS = 2_000;

/**
 * Stands at one door: collects each track's evidence, asks the policy, opens on a grant and writes down what it
 * decided. One grant per visit; one denial per track and reason, repeated at most every `denialRepeatMs`.
 */
export class Gatekeeper {
  readonly #door: string;
  readonly #policy: AccessPolicy;
  readonly #denialRepeatMs: number;
  readonly #people: Pick<PeopleStore, 'get'>;
  readonly #lock: Unlockable;
  readonly #journal: Pick<Journal, 'append'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #visits = new Visits();
  readonly #lastGrantMs = new Map<string, number>();
  /** When somebody was last seen twice in one picture, by person. */
  readonly #doubledMs = new Map<string, number>();
  readonly #pairs = new Pairs();
  readonly #entering = new Entering();

  constructor(parts: {
    door: string;
    policy: AccessPolicy;
    denialRepeatMs?: number;
    people: Pick<PeopleStore, 'get'>;
    lock: Unlockable;
    journal: Pick<Journal, 'append'>;
    clock: Clock;
    log: Log;
  }) {
    this.#door = parts.door;
    this.#policy = parts.policy;
    this.#denialRepeatMs = parts.denialRepeatMs ?? 10_000;
    this.#people = parts.people;
    this.#lock = parts.lock;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Tracks remembered now. */
  get visits(): number {
    return this.#visits.size;
  }

  /** The camera was reopened: track numbers begin anew. Cooldowns stay. */
  reset(): void {
    this.#visits.clear();
    this.#pairs.clear();
    this.#entering.clear();
  }

  /**
   * Decides about every face of a frame. A grant stands, and is returned again, until its visit ends. Never
   * rejects; to be awaited before the next frame.
   */
  async observe(frame: ProcessedFrame): Promise<readonly TrackDecision[]> {
    this.#forget(frame.endedTracks ?? []);
    const decisions: TrackDecision[] = [];
    for (const seen of frame.faces) {
      const decision = await this.#judge(seen, frame.faces);
      decisions.push({ trackId: seen.trackId, decision });
    }
    return decisions;
  }

  #forget(ended: readonly number[]): void {
    const nowMs = this.#clock.nowMs();
    for (const trackId of ended) this.#visits.end(trackId);
    this.#visits.endUnseen(nowMs, FORGET_MS);
    for (const [key, grantedMs] of this.#lastGrantMs) {
      if (!(nowMs - grantedMs < this.#policy.cooldownMs)) this.#lastGrantMs.delete(key);
    }
    for (const [key, doubledMs] of this.#doubledMs) {
      if (nowMs - doubledMs > this.#policy.evidenceMs) this.#doubledMs.delete(key);
    }
  }

  /** A border: whatever goes wrong in here denies. */
  async #judge(seen: FaceObservation, inView: readonly FaceObservation[]): Promise<Decision> {
    const visit = this.#visits.of(seen, this.#clock.nowMs());
    try {
      visit.add(seen, this.#clock.nowMs(), this.#policy.evidenceMs);
      return await this.#decide(visit, seen, inView);
    } catch (cause) {
      this.#log.error({ door: this.#door, cause: toLimenError(cause).message }, 'access decision failed');
      return this.#deny(visit, seen, { kind: 'denied', reason: 'internal_fault', liveness: 'not_assessed' });
    }
  }

  async #decide(visit: Visit, seen: FaceObservation, inView: readonly FaceObservation[]): Promise<Decision> {
    const who = candidate(visit, this.#policy);
    const seenTwice = who !== undefined && this.#seenTwice(who, seen, inView);
    const letIn = visit.granted;
    if (letIn !== undefined) {
      const another = who !== undefined && !samePerson(who, letIn.person);
      if (!another || !unanimous(visit, this.#policy)) return letIn;
    }
    const person = who === undefined ? undefined : await this.#lookUp(who);
    const lastGrantMs = who === undefined ? undefined : this.#lastGrantMs.get(keyOf(who));
    const decision = decide(visit, {
      policy: this.#policy,
      nowMs: this.#clock.nowMs(),
      wall: this.#clock.wall(),
      relayReal: this.#lock.real,
      othersInView: inView.length - 1,
      seenTwice,
      lockdown: this.#lock.mode === 'lockdown',
      ...this.#pairs.companionOf(who),
      ...(person !== undefined ? { person } : {}),
      ...(lastGrantMs !== undefined ? { lastGrantMs } : {}),
    });
    switch (decision.kind) {
      case 'undecided':
        return decision;
      case 'denied':
        return this.#deny(visit, seen, decision);
      case 'granted':
        return this.#clock.nowMs() < visit.retryAtMs
          ? { kind: 'undecided' }
          : this.#grant(visit, seen, decision);
    }
  }

  /** Whether another face in view was, or within `evidenceMs` has been, recognised as the same person. */
  #seenTwice(who: PersonRef, seen: FaceObservation, inView: readonly FaceObservation[]): boolean {
    const nowMs = this.#clock.nowMs();
    const alsoHere = inView.some((other) => {
      if (other.trackId === seen.trackId) return false;
      const person = voteOf(other, this.#policy) ?? this.#votedBefore(other.trackId);
      return person !== undefined && samePerson(person, who);
    });
    if (alsoHere) this.#doubledMs.set(keyOf(who), nowMs);
    const doubledMs = this.#doubledMs.get(keyOf(who)) ?? Number.NEGATIVE_INFINITY;
    return !(nowMs - doubledMs > this.#policy.evidenceMs);
  }

  #votedBefore(trackId: number): PersonRef | undefined {
    const visit = this.#visits.get(trackId);
    return visit && tally(visit, this.#policy).leader?.match.person;
  }

  async #lookUp(who: PersonRef): Promise<PersonLookup> {
    try {
      const person = await this.#people.get(who);
      return person === undefined ? { kind: 'missing' } : { kind: 'found', person };
    } catch (cause) {
      this.#log.error({ door: this.#door, cause: toLimenError(cause).message }, 'person could not be read');
      return { kind: 'fault' };
    }
  }

  async #grant(visit: Visit, seen: FaceObservation, decision: Granted): Promise<Decision> {
    this.#sayWho(visit, seen, decision);
    const relay = await this.#unlock(visit, seen, decision.person);
    const nowMs = this.#clock.nowMs();
    if (relay === 'fault' || relay === 'off') {
      visit.retryAtMs = nowMs + RELAY_RETRY_MS;
      const late = relay === 'off' && !(nowMs - seen.capturedAtMs <= this.#policy.deadlineMs);
      const reason = relay === 'fault' ? 'relay_fault' : late ? 'stale_frame' : 'internal_fault';
      return this.#deny(visit, seen, { ...decision, kind: 'denied', reason }, relay);
    }
    visit.granted = decision;
    this.#lastGrantMs.set(keyOf(decision.person), nowMs);
    const latencyMs = Math.round((nowMs - seen.capturedAtMs) * 10) / 10;
    const expiresAt = new Date(this.#clock.wall().getTime() + this.#lock.holdMs).toISOString();
    const both = { type: 'access.granted', relay, latencyMs, expiresAt } as const;
    const openUntilMs = relay === 'none' ? nowMs : nowMs + this.#lock.holdMs;
    const first = this.#policy.persons === 2 ? this.#pairs.complete(decision.person) : undefined;
    if (first !== undefined) {
      first.visit.granted = first.decision;
      this.#lastGrantMs.set(keyOf(first.decision.person), nowMs);
      this.#entering.granted(first.visit.trackId, openUntilMs);
      this.#record({ ...figures(first.decision, first.seen), ...both });
    }
    this.#entering.granted(visit.trackId, openUntilMs);
    this.#record({ ...figures(decision, seen), ...both });
    return decision;
  }

  async #unlock(visit: Visit, { capturedAtMs }: FaceObservation, person: PersonRef): Promise<RelayReport> {
    try {
      return await this.#lock.unlock({ cause: 'grant', capturedAtMs, person, track: visit.trackId });
    } catch (cause) {
      this.#log.error({ door: this.#door, cause: toLimenError(cause).message }, 'unlock failed');
      return 'fault';
    }
  }

  #deny(visit: Visit, seen: FaceObservation, decision: Denied, relay: RelayReport = this.#idleRelay): Denied {
    this.#sayWho(visit, seen, decision);
    const { reason, person, score, margin } = decision;
    const nowMs = this.#clock.nowMs();
    if (reason === 'second_person_needed' && person !== undefined) {
      const granted: Granted = {
        ...decision,
        kind: 'granted',
        person,
        score: score ?? 0,
        margin: margin ?? 0,
      };
      this.#pairs.waits({ visit, seen, decision: granted, atMs: nowMs });
    }
    if (this.#entering.tailgates(visit.trackId, decision, nowMs)) {
      this.#record({ ...figures(decision, seen), type: 'access.tailgating', reason });
    }
    if (visit.mayRepeat(`denied:${reason}`, nowMs, this.#denialRepeatMs)) {
      const suspected = { ...figures(decision, seen), type: 'spoof.suspected' as const };
      if (reason === 'spoof_suspected') this.#record({ ...suspected, ...spoofGround(visit, this.#policy) });
      this.#record({ ...figures(decision, seen), type: 'access.denied', reason, relay });
    }
    return decision;
  }

  get #idleRelay(): RelayReport {
    return this.#lock.connected ? 'off' : 'none';
  }

  /** `face.recognized` or `face.unknown`, once per track and change. A replay is not a recognised face. */
  #sayWho(visit: Visit, seen: FaceObservation, decision: Granted | Denied): void {
    const reason: DenialReason | undefined = decision.kind === 'denied' ? decision.reason : undefined;
    const { person } = decision;
    const type =
      person !== undefined && reason !== 'spoof_suspected'
        ? 'face.recognized'
        : reason === 'unknown_face'
          ? 'face.unknown'
          : undefined;
    if (type === undefined) return;
    const identity = person === undefined ? type : `${type}:${keyOf(person)}`;
    if (visit.identity === identity) return;
    visit.identity = identity;
    // A face that wavers between two answers is not reported at the frame rate.
    if (!visit.mayRepeat(identity, this.#clock.nowMs(), this.#denialRepeatMs)) return;
    this.#record({ ...figures(decision, seen), type });
  }

  /** The door does not depend on its diary. */
  #record(body: EventBody): void {
    try {
      this.#journal.append({ ...body, door: this.#door });
    } catch (cause) {
      this.#log.error(
        { door: this.#door, cause: toLimenError(cause).message },
        `${body.type} not journalled`,
      );
    }
  }
}
