import { LimenError } from '../../core/errors.ts';
import type { EventBody } from '../../core/events.ts';
import { chooseFace, type FaceChoice, type FaceRule } from '../../core/face-choice.ts';
import { checkPersonRef, type FaceTemplate, type Person, type PersonRef } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Eraser, ErasureSubject } from '../../core/ports/erasure.ts';
import type { AnalysedFace, FaceAnalyser } from '../../core/ports/face-analysis.ts';
import type { Gallery } from '../../core/ports/gallery.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { ImageDecoder } from '../../core/ports/media.ts';
import type { PeopleStore, PictureStore } from '../../core/ports/store.ts';
import type { Admission } from '../../runtime/admission.ts';
import type { EnrolOutcome, RemoveByFaceOutcome, RemoveOutcome } from './outcome.ts';
import { ENROLMENT_LIMITS, type EnrolmentLimits, qualityAdvice } from './quality-advice.ts';
import { Serialiser } from './serialiser.ts';
import { facesHoweverTurned } from './upright.ts';

/** Views of one person; more add comparisons, and with them false accepts, but hardly any recall. */
const MAX_FACES = 10;

export interface EnrolRequest {
  readonly person: PersonRef;
  readonly name?: string;
  /** RFC 3339; where given, they replace what the person has. */
  readonly validFrom?: string;
  readonly validUntil?: string;
  /** The uploaded file as it came. */
  readonly image: Uint8Array;
  /** For the journal: `http:127.0.0.1`, `cli`, … */
  readonly actor: string;
  /** `only` when absent. */
  readonly face?: FaceRule;
  /** Adds a face to somebody who has one; otherwise the answer is `exists`. */
  readonly extend?: boolean;
  /** Enrols although the face is known under another id, or differs from the person's own. */
  readonly force?: boolean;
  /** Of a face that a door's camera saw and judged; uploads have none. */
  readonly liveness?: 'live';
  /** Kept with the face; see `EnrolOnce`. */
  readonly requestKey?: string;
  readonly signal?: AbortSignal;
}

/** Who is to be removed, and a picture that must show them alone. */
export type RemoveByFaceRequest = Pick<EnrolRequest, 'person' | 'image' | 'actor' | 'signal'>;

export interface EnrolmentParts {
  readonly store: PeopleStore;
  readonly gallery: Gallery;
  readonly decoder: ImageDecoder;
  readonly analyser: FaceAnalyser;
  readonly admission: Admission;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits?: EnrolmentLimits;
  /** Takes those who are removed out of the journal; absent: the journal goes on naming them. */
  readonly eraser?: Eraser | undefined;
  /** Keeps what people are enrolled from; absent: no picture is kept. */
  readonly pictures?: PictureStore | undefined;
  /** Shared with whatever else changes people. */
  readonly changes?: Serialiser | undefined;
  /** What a reset deletes as well: all of it, or nothing when `rest` fails. */
  readonly accounts?: { clearWith<T>(rest: () => Promise<T>): Promise<T> } | undefined;
}

/** Who is enrolled, and everything that changes it: one service under every dialect, verb and topic. */
export class Enrolment {
  readonly #parts: EnrolmentParts;
  /** Existence, duplicate check and storing are one step: two requests never decide on the same state. */
  readonly #changes: Serialiser;

  constructor(parts: EnrolmentParts) {
    this.#parts = parts;
    this.#changes = parts.changes ?? new Serialiser();
  }

  /**
   * Enrols one face from an uploaded picture; resolves `enrolled` only once it is on disk.
   * @throws LimenError `bad_request` (an unusable gallery or id) | `store_fault` | `inference_failed`
   */
  async enrol(request: EnrolRequest): Promise<EnrolOutcome> {
    const wrong = checkPersonRef(request.person);
    if (wrong !== undefined) throw new LimenError('bad_request', wrong);
    const admitted = await this.#parts.admission.run(() => this.#examine(request), request.signal);
    if (admitted.kind === 'busy') return admitted;
    const examined = admitted.value;
    if (examined.kind !== 'face') return examined;
    const { face } = examined;
    return this.#changes.run(() => this.#commit(request, face));
  }

  /** Everybody, or one gallery, in order of creation. */
  list(gallery?: string): Promise<readonly Person[]> {
    return this.#parts.store.list(gallery);
  }

  get(ref: PersonRef): Promise<Person | undefined> {
    return this.#parts.store.get(ref);
  }

  /** @throws LimenError `store_fault`: nothing was removed */
  remove(ref: PersonRef, actor: string): Promise<RemoveOutcome> {
    return this.#changes.run(() => this.#remove(ref, actor));
  }

  /**
   * Removes somebody, disabled or not, only when the picture matches them.
   * @throws LimenError `store_fault` | `inference_failed`: nothing was removed
   */
  async removeByFace(request: RemoveByFaceRequest): Promise<RemoveByFaceOutcome> {
    const { admission, gallery, analyser, store } = this.#parts;
    const { person } = request;
    const admitted = await admission.run(
      () =>
        this.#findFace(request, async () =>
          (await store.get(person)) === undefined ? ({ kind: 'not_found' } as const) : undefined,
        ),
      request.signal,
    );
    if (admitted.kind === 'busy') return admitted;
    const found = admitted.value;
    if (found.kind !== 'face') return found;
    const { embedding } = found.face;
    if (embedding === undefined) return { kind: 'low_quality' };
    // compared in the same step as the removal: who was enrolled anew in the meantime is somebody else
    return this.#changes.run(async () => {
      const score = gallery.similarity(embedding, person) ?? Number.NaN;
      if (!(score >= analyser.thresholds.match)) return { kind: 'mismatch' };
      return this.#remove(person, request.actor);
    });
  }

  /** Removes everybody and every account; how many people there were. @throws LimenError `store_fault`: nothing was removed */
  reset(actor: string): Promise<number> {
    const { store, accounts } = this.#parts;
    return this.#changes.run(() =>
      this.#erase(
        { kind: 'everybody' },
        () => accounts?.clearWith(() => store.clear()) ?? store.clear(),
        () => ({ type: 'people.reset', actor }),
      ),
    );
  }

  async #remove({ gallery, id }: PersonRef, actor: string): Promise<RemoveOutcome> {
    const { store } = this.#parts;
    const ref = { gallery, id };
    const person = await store.get(ref);
    if (person === undefined) return { kind: 'not_found' };
    const removed = await this.#erase(
      { kind: 'person', person: ref },
      () => store.remove(ref),
      (gone) => (gone ? { type: 'person.removed', person: ref, actor } : undefined),
    );
    return removed ? { kind: 'removed', person } : { kind: 'not_found' };
  }

  async #erase<T>(
    subject: ErasureSubject,
    work: () => Promise<T>,
    eventOf: (result: T) => EventBody | undefined,
  ): Promise<T> {
    const { eraser, journal } = this.#parts;
    if (eraser !== undefined) return eraser.erase(subject, work, eventOf);
    const result = await work();
    const event = eventOf(result);
    if (event !== undefined) journal.append(event);
    return result;
  }

  async #examine(request: EnrolRequest): Promise<EnrolOutcome | { kind: 'face'; face: AnalysedFace }> {
    const { store, limits = ENROLMENT_LIMITS } = this.#parts;
    // the answer that counts is taken again in #commit
    const found = await this.#findFace(
      request,
      async () => refusal(await store.get(request.person), request),
      facesHoweverTurned,
    );
    if (found.kind !== 'face') return found;
    const advice = qualityAdvice(found.face, limits);
    return advice.length > 0 ? { kind: 'low_quality', advice } : found;
  }

  /** The face of an upload that is meant; `early` may give the answer before the costly part. */
  async #findFace<Early>(
    request: Pick<EnrolRequest, 'image' | 'face' | 'signal'>,
    early: () => Promise<Early | undefined>,
    look = asItLies,
  ): Promise<Early | FaceChoice | Extract<EnrolOutcome, { kind: 'unreadable' }>> {
    const { decoder, analyser } = this.#parts;
    const decoded = await decoder.decode(request.image);
    if (!decoded.ok) return { kind: 'unreadable', refusal: decoded.refusal, detail: decoded.detail };
    const known = await early();
    if (known !== undefined) return known;
    const faces = await look(analyser, decoded.image, {
      embed: request.face === 'largest' ? 'largest' : 'all',
      ...(request.signal && { signal: request.signal }),
    });
    return chooseFace(faces, request.face ?? 'only');
  }

  async #commit(request: EnrolRequest, face: AnalysedFace): Promise<EnrolOutcome> {
    const { store, gallery, analyser, journal, clock } = this.#parts;
    const ref = { gallery: request.person.gallery, id: request.person.id };
    const embedding = face.embedding as Float32Array;
    const before = await store.get(ref);
    const refused = refusal(before, request);
    if (refused !== undefined) return refused;

    const own = gallery.similarity(embedding, ref);
    if (own !== undefined && !(own >= analyser.thresholds.match) && !request.force) {
      return { kind: 'different_face', score: own };
    }
    const nearest = gallery.identify(embedding);
    const other =
      nearest !== null && nearest.person.id !== ref.id && nearest.score >= analyser.thresholds.match
        ? nearest.person
        : undefined;
    if (nearest !== null && other !== undefined && !request.force) {
      return { kind: 'duplicate_face', other, score: nearest.score };
    }

    const createdAt = clock.wall().toISOString();
    const picture = await this.#parts.pictures?.keep(request.image);
    const template: FaceTemplate = {
      faceId: nextFaceId(before),
      modelId: analyser.modelId,
      embedding,
      quality: face.quality.overall,
      liveness: request.liveness ?? 'not_assessed',
      createdAt,
      ...(picture !== undefined && { picture }),
      ...(request.requestKey !== undefined && { requestKey: request.requestKey }),
    };
    const person: Person = {
      ...(before ?? { ...ref, createdAt, enabled: true }),
      ...(request.name !== undefined && { name: request.name }),
      ...(request.validFrom !== undefined && { validFrom: request.validFrom }),
      ...(request.validUntil !== undefined && { validUntil: request.validUntil }),
      faces: [...(before?.faces ?? []), template],
    };
    if (!(await this.#store(person, before, picture))) return { kind: 'exists', person: ref };
    journal.append({
      type: 'person.enrolled',
      person: ref,
      liveness: request.liveness ?? 'not_assessed',
      actor: request.actor,
      ...(other !== undefined && { reason: 'duplicate_face' }),
    });
    return {
      kind: 'enrolled',
      person,
      face: template,
      created: before === undefined,
      ...(other !== undefined && { duplicateOf: other }),
    };
  }

  /** False when another writer of a shared store was quicker; a picture that nobody came to own is not kept. */
  async #store(person: Person, before: Person | undefined, picture: string | undefined): Promise<boolean> {
    const { store, pictures } = this.#parts;
    let stored = false;
    try {
      if (before === undefined) stored = await store.create(person);
      else {
        await store.put(person);
        stored = true;
      }
    } finally {
      if (!stored && picture !== undefined) await pictures?.discard([picture]).catch(() => undefined);
    }
    return stored;
  }
}

const asItLies: typeof facesHoweverTurned = (analyser, image, options) => analyser.analyse(image, options);

/** "Already exists" means a face: somebody without one is completed, not refused. */
function refusal(person: Person | undefined, request: EnrolRequest): EnrolOutcome | undefined {
  if (person === undefined || person.faces.length === 0) return undefined;
  if (!request.extend) return { kind: 'exists', person: { gallery: person.gallery, id: person.id } };
  if (person.faces.length >= MAX_FACES) return { kind: 'too_many_faces', limit: MAX_FACES };
  return undefined;
}

function nextFaceId(person: Person | undefined): string {
  const taken = (person?.faces ?? []).map((face) => Number(face.faceId)).filter(Number.isSafeInteger);
  return String(Math.max(0, ...taken) + 1);
}
