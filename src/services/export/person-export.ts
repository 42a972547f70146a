import { LimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import { type FaceTemplate, formatPersonRef, type PersonRef, samePerson } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { PeopleStore, PictureStore } from '../../core/ports/store.ts';

/** Events read at a time; between two portions others have their turn. */
const PORTION = 1_000;

/** What is held of a login account, its hashes aside: they are derived from the password and tell nothing of a person. */
export interface ExportedAccount {
  readonly username: string;
  readonly email: string;
  readonly createdAt: string;
  readonly hasPassword: boolean;
  /** When one-time passwords were asked for within the last hour. */
  readonly resetsAt: readonly string[];
}

export interface ExportedFace {
  readonly faceId: string;
  readonly modelId: string;
  readonly quality: number;
  readonly liveness: string;
  readonly createdAt: string;
  /** The biometric template itself: float32 little-endian, base64. */
  readonly template: {
    readonly encoding: 'float32le-base64';
    readonly length: number;
    readonly data: string;
  };
  /** The file that was kept, base64; with `store.keepImages` only. */
  readonly picture?: { readonly encoding: 'base64'; readonly data: string };
}

/** Everything held of one person, for the person (GDPR art. 15 and 20). */
export interface PersonExport extends PersonRef {
  readonly device: string;
  readonly exportedAt: string;
  readonly person?: {
    readonly name?: string;
    readonly createdAt: string;
    readonly enabled: boolean;
    readonly validFrom?: string;
    readonly validUntil?: string;
    readonly faces: readonly ExportedFace[];
  };
  readonly account?: ExportedAccount;
  /** Every journalled event that names the person, oldest first. */
  readonly events: readonly LimenEvent[];
}

export interface PersonExportParts {
  readonly people: PeopleStore;
  readonly pictures: PictureStore;
  /** The account of that name, where the person's gallery is that of accounts. */
  readonly accountOf: (ref: PersonRef) => ExportedAccount | undefined;
  readonly device: string;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Gathers what is held of one person. Templates are among it: they are biometric data of that person, and theirs. */
export class PersonExporter {
  readonly #parts: PersonExportParts;

  constructor(parts: PersonExportParts) {
    this.#parts = parts;
  }

  /** @throws LimenError `not_found` when there is neither person nor account | `store_corrupt` | `store_fault` */
  async export({ gallery, id }: PersonRef, actor: string): Promise<PersonExport> {
    const { people, device, clock, journal, accountOf } = this.#parts;
    const ref = { gallery, id };
    const person = await people.get(ref);
    const account = accountOf(ref);
    if (person === undefined && account === undefined) {
      throw new LimenError('not_found', `nothing is held of ${formatPersonRef(ref)}`);
    }
    const { name, createdAt, enabled, validFrom, validUntil } = person ?? {};
    const events = await this.#events(ref);
    journal.append({ type: 'store.exported', reason: 'person', person: ref, actor });
    return {
      ...ref,
      device,
      exportedAt: clock.wall().toISOString(),
      ...(person !== undefined &&
        createdAt !== undefined &&
        enabled !== undefined && {
          person: {
            ...(name !== undefined && { name }),
            createdAt,
            enabled,
            ...(validFrom !== undefined && { validFrom }),
            ...(validUntil !== undefined && { validUntil }),
            faces: await Promise.all(person.faces.map((face) => this.#face(face))),
          },
        }),
      ...(account !== undefined && { account }),
      events,
    };
  }

  async #face(face: FaceTemplate): Promise<ExportedFace> {
    const { faceId, modelId, quality, liveness, createdAt, embedding } = face;
    const picture = face.picture === undefined ? undefined : await this.#parts.pictures.read(face.picture);
    const bytes = Buffer.alloc(4 * embedding.length);
    embedding.forEach((number, i) => {
      bytes.writeFloatLE(number, 4 * i);
    });
    return {
      faceId,
      modelId,
      quality,
      liveness,
      createdAt,
      template: { encoding: 'float32le-base64', length: embedding.length, data: bytes.toString('base64') },
      ...(picture !== undefined && {
        picture: { encoding: 'base64', data: Buffer.from(picture).toString('base64') },
      }),
    };
  }

  async #events(ref: PersonRef): Promise<readonly LimenEvent[]> {
    const found: LimenEvent[] = [];
    for (let seq = 0; ; ) {
      const portion = await this.#parts.journal.read(seq, PORTION);
      const last = portion.at(-1);
      if (last === undefined) return found;
      found.push(...portion.filter((event) => samePerson(event.person, ref)));
      seq = last.seq;
    }
  }
}
