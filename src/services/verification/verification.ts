import type { EventBody } from '../../core/events.ts';
import type { Match } from '../../core/face.ts';
import { type Person, type PersonRef, samePerson } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Gallery } from '../../core/ports/gallery.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import type { Admission } from '../../runtime/admission.ts';
import { median } from './median.ts';
import type { IdentifyOutcome, VerifyOutcome } from './outcome.ts';
import { decodeMedia, decodingProblem, embedProbe, type Media, type ProbeParts, type View } from './probe.ts';

export interface VerificationParts extends ProbeParts {
  readonly store: PeopleStore;
  readonly gallery: Gallery;
  readonly admission: Admission;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Where an id without a gallery is looked up first (`http.defaultGallery`). */
  readonly defaultGallery: string;
}

export interface VerifyRequest extends Media {
  /** Without a gallery: the default one, else the only gallery that has the id. */
  readonly person: { readonly id: string; readonly gallery?: string };
  /** Compares with everybody of the person's gallery as well: who matches better makes it a mismatch, and is named. */
  readonly rivals?: boolean;
  readonly actor: string;
}

export interface IdentifyRequest extends Media {
  /** All galleries when absent. */
  readonly gallery?: string;
  /** For callers that tell nothing but the id: one id in several galleries is not ambiguous. */
  readonly byId?: boolean;
  readonly actor: string;
}

/**
 * Answers "is this that person?" and "who is this?" about uploads. It knows no door: an answer is information for
 * whoever asked and moves nothing.
 *
 * A clip scores the median over its frames with a face: one lucky frame, or a photograph held up for a moment,
 * does not carry it. Its liveness is the median over the frames that match: whoever shows a live face of their own
 * beside a picture of somebody else's is not live.
 */
export class Verification {
  readonly #parts: VerificationParts;

  constructor(parts: VerificationParts) {
    this.#parts = parts;
  }

  /** @throws LimenError `store_fault` | `inference_failed` */
  async verify(request: VerifyRequest): Promise<VerifyOutcome> {
    const outcome = await this.#admit(request, () => this.#verify(request));
    this.#record(outcome, request.actor);
    return outcome;
  }

  /** @throws LimenError `store_fault` | `inference_failed` */
  async identify(request: IdentifyRequest): Promise<IdentifyOutcome> {
    const outcome = await this.#admit(request, () => this.#identify(request));
    this.#record(outcome, request.actor);
    return outcome;
  }

  async #admit<T>(request: Media, work: () => Promise<T>) {
    const admitted = await this.#parts.admission.run(work, request.signal);
    return admitted.kind === 'busy' ? admitted : admitted.value;
  }

  async #verify(request: VerifyRequest): Promise<VerifyOutcome> {
    const { gallery, analyser } = this.#parts;
    const decoded = await decodeMedia(this.#parts, request);
    const problem = decodingProblem(decoded);
    if (problem !== undefined) return problem;
    const person = await this.#find(request.person);
    if (person === undefined) return { kind: 'unknown_person' };
    const ref = { gallery: person.gallery, id: person.id };
    const invalid = validityProblem(person, this.#parts.clock.wall());
    if (invalid !== undefined) return { kind: 'not_valid', person: ref, reason: invalid };

    const probe = await embedProbe(this.#parts, decoded, request);
    if (probe.kind !== 'probe') return probe;
    const scores = probe.views.map(({ embedding }) => gallery.similarity(embedding, ref));
    // no template of the running model: there is nothing to compare with
    if (scores.some((score) => score === undefined)) return { kind: 'unknown_person' };
    const score = median(scores as number[]);
    const rival = request.rivals ? this.#rival(probe.views, ref, score) : undefined;
    const matching = probe.views.filter((_, i) => (scores[i] as number) >= analyser.thresholds.match);
    const liveness = this.#livenessOf(probe.judged, matching);
    if (liveness === 'spoof' && score >= analyser.thresholds.match) {
      return { kind: 'mismatch', person: ref, score, liveness };
    }
    const compared = {
      person: ref,
      score,
      liveness: liveness === 'spoof' ? 'not_assessed' : liveness,
    } as const;
    if (score >= analyser.thresholds.match && rival === undefined) return { kind: 'match', ...compared };
    const named = rival !== undefined && (await this.#mayPass(rival));
    return { kind: 'mismatch', ...compared, ...(named && { other: rival }) };
  }

  /** `spoof` also where liveness was looked for and none of the matching frames could be judged. */
  #livenessOf(judged: boolean, matching: readonly View[]): 'not_assessed' | 'live' | 'spoof' {
    const { liveness } = this.#parts;
    if (!judged || liveness === undefined) return 'not_assessed';
    const lives = matching.flatMap(({ live }) => live ?? []);
    return lives.length > 0 && median(lives) >= liveness.minLiveness ? 'live' : 'spoof';
  }

  /** Who of the gallery matches better than `ref` does; of equals, the claimed person counts. */
  #rival(views: readonly View[], ref: PersonRef, score: number): PersonRef | undefined {
    const { gallery, analyser } = this.#parts;
    const within = { gallery: ref.gallery };
    const best = agreed(views.map(({ embedding }) => gallery.identify(embedding, within)));
    if (best === undefined || !(best.score >= analyser.thresholds.match)) return undefined;
    return samePerson(best.person, ref) || score >= best.score ? undefined : best.person;
  }

  async #mayPass(ref: PersonRef): Promise<boolean> {
    const person = await this.#parts.store.get(ref);
    return person !== undefined && validityProblem(person, this.#parts.clock.wall()) === undefined;
  }

  async #identify(request: IdentifyRequest): Promise<IdentifyOutcome> {
    const { gallery, analyser } = this.#parts;
    const probe = await embedProbe(this.#parts, await decodeMedia(this.#parts, request), request);
    if (probe.kind !== 'probe') return probe;
    const { gallery: within, byId = false } = request;
    const search = { byId, ...(within !== undefined && { gallery: within }) };
    const best = agreed(probe.views.map(({ embedding }) => gallery.identify(embedding, search)));
    if (best === undefined || !(best.score >= analyser.thresholds.match)) {
      return { kind: 'unknown', reason: 'unknown_face' };
    }
    if (!(best.margin >= analyser.thresholds.margin)) return { kind: 'unknown', reason: 'ambiguous_match' };
    if (!(await this.#mayPass(best.person))) return { kind: 'unknown', reason: 'unknown_face' };
    return { kind: 'match', ...best, liveness: 'not_assessed' };
  }

  /** A person with a face; an account or a person without one cannot be verified. */
  async #find(person: { readonly id: string; readonly gallery?: string }): Promise<Person | undefined> {
    const { store, defaultGallery } = this.#parts;
    const named = await store.get({ gallery: person.gallery ?? defaultGallery, id: person.id });
    if (named !== undefined && named.faces.length > 0) return named;
    if (person.gallery !== undefined) return undefined;
    const all = (await store.list()).filter((other) => other.id === person.id && other.faces.length > 0);
    return all.length === 1 ? all[0] : undefined;
  }

  #record(outcome: VerifyOutcome | IdentifyOutcome, actor: string): void {
    if (outcome.kind === 'busy') return;
    const person: PersonRef | undefined = 'person' in outcome ? outcome.person : undefined;
    const body: EventBody = {
      type: outcome.kind === 'match' ? 'verification.succeeded' : 'verification.failed',
      liveness: 'liveness' in outcome ? outcome.liveness : 'not_assessed',
      actor,
      ...(person && { person: { gallery: person.gallery, id: person.id } }),
      ...('score' in outcome && Number.isFinite(outcome.score) && { score: outcome.score }),
      ...('margin' in outcome && { margin: outcome.margin }),
      ...(outcome.kind !== 'match' && { reason: reasonOf(outcome) }),
    };
    this.#parts.journal.append(body);
  }
}

function reasonOf(outcome: VerifyOutcome | IdentifyOutcome): string {
  if ('reason' in outcome) return outcome.reason;
  return outcome.kind === 'mismatch' && outcome.liveness === 'spoof' ? 'spoof_suspected' : outcome.kind;
}

function validityProblem(person: Person, now: Date): 'person_disabled' | 'outside_validity' | undefined {
  if (!person.enabled) return 'person_disabled';
  // an unreadable date compares as false: the person is then not valid
  const from = person.validFrom === undefined || Date.parse(person.validFrom) <= now.getTime();
  const until = person.validUntil === undefined || now.getTime() < Date.parse(person.validUntil);
  return from && until ? undefined : 'outside_validity';
}

/** The person whom most views name, with the medians over those views; undefined when no more than half agree. */
function agreed(matches: readonly (Match | null)[]): Match | undefined {
  const byPerson = new Map<string, Match[]>();
  for (const match of matches) {
    if (match === null) continue;
    const key = `${match.person.gallery}/${match.person.id}`;
    byPerson.set(key, [...(byPerson.get(key) ?? []), match]);
  }
  const most = [...byPerson.values()].find((views) => views.length > matches.length / 2);
  if (most === undefined) return undefined;
  return {
    person: (most[0] as Match).person,
    score: median(most.map((match) => match.score)),
    margin: median(most.map((match) => match.margin)),
  };
}
