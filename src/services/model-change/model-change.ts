import { toLimenError } from '../../core/errors.ts';
import { type FaceTemplate, formatPersonRef, type Person, type PersonRef } from '../../core/person.ts';
import type { AnalysedFace } from '../../core/ports/face-analysis.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DecodedImage, ImageDecoder } from '../../core/ports/media.ts';
import type { PeopleStore, PictureStore } from '../../core/ports/store.ts';
import type { Health } from '../../runtime/health.ts';

/** The log is rewritten this often at most, whatever the number of people. */
const MAX_COMMITS = 50;
const MIN_BATCH = 20;
/** Named in the health report; the log names everybody. */
const NAMED = 5;

export interface ModelChangeParts {
  readonly store: PeopleStore;
  readonly pictures: PictureStore;
  readonly decoder: ImageDecoder;
  /** The running embedding model. */
  readonly modelId: string;
  /** The faces of a picture as an enrolment sees them, the largest first and embedded. @throws LimenError `inference_failed` */
  readonly facesOf: (image: DecodedImage, signal: AbortSignal) => Promise<readonly AnalysedFace[]>;
  readonly log: Log;
  readonly health?: Health;
}

/** Who has faces, but none that this model can compare. */
export function outdatedPeople<P extends { readonly faces: readonly { readonly modelId: string }[] }>(
  people: readonly P[],
  modelId: string,
): readonly P[] {
  return people.filter(({ faces }) => faces.length > 0 && faces.every((face) => face.modelId !== modelId));
}

/**
 * After the change to another pack: embeds again, from their kept pictures, those whose templates belong to another
 * model, in the background and behind the door's frames. Until then nobody compares their old templates, so the door
 * stays shut for them. Whoever has no kept picture is named: they must be enrolled again.
 */
export class ModelChange {
  readonly name = 'model-change';
  readonly #parts: ModelChangeParts;
  #control: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ModelChangeParts) {
    this.#parts = parts;
  }

  /** Begins and does not wait. */
  async start(): Promise<void> {
    const control = new AbortController();
    this.#control = control;
    this.#work = this.run(control.signal).then(
      () => undefined,
      (cause: unknown) => {
        if (control.signal.aborted) return;
        const { message } = toLimenError(cause);
        this.#parts.log.error({ cause: message }, 'embedding again from kept pictures failed');
        this.#parts.health?.report('people', 'degraded', `embedding again failed: ${message}`);
      },
    );
  }

  /** For people who came all at once, out of a backup. Does not wait. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What is embedded and not yet stored is embedded again after the next start. */
  async stop(): Promise<void> {
    this.#control?.abort();
    await this.#work;
  }

  /** Resolves with those who must be enrolled again. @throws LimenError `store_fault` | `inference_failed` */
  async run(signal: AbortSignal): Promise<readonly PersonRef[]> {
    const { store, modelId, log } = this.#parts;
    const outdated = outdatedPeople(await store.list(), modelId);
    if (outdated.length === 0) return [];
    const possible = outdated.filter(({ faces }) => faces.some(({ picture }) => picture !== undefined));
    if (possible.length > 0) {
      log.info(
        { people: possible.length, model: modelId },
        'embedding people again from their kept pictures; the door stays shut for them until it is done',
      );
    }
    const batchSize = Math.max(MIN_BATCH, Math.ceil(possible.length / MAX_COMMITS));
    for (let at = 0; at < possible.length; at += batchSize) {
      await this.#embedBatch(possible.slice(at, at + batchSize), signal);
      const done = Math.min(possible.length, at + batchSize);
      log.info({ done, of: possible.length }, 'embedded again');
    }
    return this.#tellWhoIsLeft();
  }

  async #embedBatch(people: readonly Person[], signal: AbortSignal): Promise<void> {
    const fresh = new Map<string, ReadonlyMap<string, FaceTemplate>>();
    for (const person of people) {
      signal.throwIfAborted();
      const faces = new Map<string, FaceTemplate>();
      for (const face of person.faces) {
        const again = await this.#embed(person, face, signal);
        if (again !== undefined) faces.set(face.faceId, again);
      }
      if (faces.size > 0) fresh.set(formatPersonRef(person), faces);
    }
    const changed = people.filter((person) => fresh.has(formatPersonRef(person)));
    await this.#parts.store.update(changed, (person) => ({
      ...person,
      faces: person.faces.map((face) => {
        const again = fresh.get(formatPersonRef(person))?.get(face.faceId);
        // somebody may have been removed and enrolled anew meanwhile: then the picture is another
        return again !== undefined && again.picture === face.picture ? again : face;
      }),
    }));
  }

  async #embed(person: Person, face: FaceTemplate, signal: AbortSignal): Promise<FaceTemplate | undefined> {
    const { pictures, decoder, modelId, facesOf, log } = this.#parts;
    if (face.picture === undefined) return undefined;
    const who = { person: formatPersonRef(person), face: face.faceId };
    try {
      const bytes = await pictures.read(face.picture);
      const decoded = bytes && (await decoder.decode(bytes));
      if (decoded?.ok !== true) {
        log.warn({ ...who, reason: decoded?.detail ?? 'it is not there' }, 'a kept picture cannot be read');
        return undefined;
      }
      // at the enrolment the face was the only one, or the largest counted
      const [found] = await facesOf(decoded.image, signal);
      if (found?.embedding !== undefined) {
        return {
          ...face,
          modelId,
          embedding: found.embedding,
          quality: found.quality.overall,
        };
      }
      log.warn(who, 'this model finds no usable face in the kept picture');
    } catch (cause) {
      signal.throwIfAborted();
      log.warn({ ...who, reason: toLimenError(cause).message }, 'a kept picture could not be embedded');
    }
    return undefined;
  }

  async #tellWhoIsLeft(): Promise<readonly PersonRef[]> {
    const { store, modelId, log, health } = this.#parts;
    const left = outdatedPeople(await store.list(), modelId);
    for (const person of left) {
      const models = [...new Set(person.faces.map(({ modelId }) => modelId))].join(', ');
      log.warn(
        { person: formatPersonRef(person), enrolledWith: models, model: modelId },
        'enrolled with another model; must be enrolled again',
      );
    }
    if (left.length === 0) health?.report('people', 'ok');
    else {
      const names = left.slice(0, NAMED).map(formatPersonRef).join(', ');
      const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
      health?.report('people', 'degraded', `must be enrolled again: ${names}${more}`);
    }
    return left.map(({ gallery, id }) => ({ gallery, id }));
  }
}
