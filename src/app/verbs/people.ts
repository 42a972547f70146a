import { formatTable } from '../../api/cli/table.ts';
import type { EnrollArgs, IdentifyArgs, Io, PeopleArgs, RemoveArgs } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import { formatPersonRef } from '../../core/person.ts';
import { loadPack } from '../../drivers/inference/packs/load-pack.ts';
import { MemoryJournal } from '../../drivers/store/memory-journal.ts';
import { outdatedPeople } from '../../services/model-change/model-change.ts';
import type { IdentifyOutcome } from '../../services/verification/outcome.ts';
import { askDaemon, refusalIn } from '../desk/daemon-socket.ts';
import { withDesk } from '../desk/open-desk.ts';
import type { PersonView } from '../desk/people-desk.ts';
import { socketOf } from '../desk/state-holder.ts';
import { readGiven } from '../given-file.ts';
import { mediaRoom } from '../media-room.ts';
import { requestRoom } from '../request-room.ts';
import { openSession, type Session } from '../session.ts';
import { withPeopleCopy, withRecognition } from '../workbench.ts';

/** `limen enroll`: each picture is one more face of the same person; refused ones change nothing. */
export async function enroll(args: EnrollArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  if (args.camera !== undefined) return enrolLive(session, { ...args, camera: args.camera }, io);
  const pictures = await Promise.all(args.images.map(readPicture));
  const who = formatPersonRef(args.person);
  return withDesk(session, io, { load: true }, async (desk) => {
    const results = [];
    for (const { path, bytes } of pictures) {
      const options = { force: args.force, ...(args.name !== undefined && { name: args.name }) };
      const answer = await desk.enrol(args.person, bytes, options);
      results.push({ image: path, ...answer });
      if (args.json) continue;
      if (answer.ok)
        await io.stdout.line(`${path}: enrolled as ${who}, face ${answer.faceId} of ${answer.faces}`);
      else await io.stderr.line(`${path}: not enrolled: ${answer.message}\nwhat to do: ${answer.advice}`);
    }
    if (args.json) await io.stdout.json({ person: args.person, results });
    return results.every((result) => result.ok) ? 0 : 1;
  });
}

/** From a camera, which the running daemon reads: it looks until it has seen enough. */
async function enrolLive(session: Session, args: EnrollArgs & { camera: string }, io: Io): Promise<number> {
  const { person, camera, name, force, json } = args;
  await io.stderr.line(`${camera}: stand before the camera, alone, and look at it`);
  const query = new URLSearchParams({ camera, force: String(force), ...(name !== undefined && { name }) });
  const path = `/v1/people/${encodeURIComponent(person.gallery)}/${encodeURIComponent(person.id)}/faces?${query}`;
  const answer = await askDaemon(socketOf(session), 'POST', path);
  if (answer.status !== 201) throw refusalIn(answer);
  const { faceId, person: enrolled } = answer.body as { faceId: string; person: PersonView };
  const liveness = enrolled.faces.find((face) => face.faceId === faceId)?.liveness ?? 'not_assessed';
  if (json) await io.stdout.json({ person, faceId, liveness });
  else {
    const judged = liveness === 'live' ? 'live' : 'not judged for liveness (the pack cannot)';
    await io.stdout.line(`${camera}: enrolled as ${formatPersonRef(person)}, face ${faceId}, ${judged}`);
  }
  return 0;
}

/** `limen identify`: who is in the pictures, by similarity alone; nothing is stored and no door moves. */
export async function identify(args: IdentifyArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const { config, clock } = session;
  const pictures = await Promise.all(args.images.map(readPicture));
  return withPeopleCopy(session, io, (people) =>
    withRecognition(session, io, { people, load: true }, async (recognition) => {
      const media = mediaRoom({ config, clock, runtimeDir: session.stateDir });
      const journal = new MemoryJournal({ device: config.device, clock });
      const { verification } = requestRoom(config, { people, recognition, media, journal, clock });
      const results = [];
      for (const { path, bytes } of pictures) {
        const outcome = await verification.identify({ bytes, face: 'largest', actor: 'cli' });
        results.push({ image: path, ...outcome });
        if (!args.json) await io.stdout.line(`${path}: ${inWords(outcome)}`);
      }
      if (args.json) await io.stdout.json({ pack: recognition.pack.name, results });
      return results.every((result) => result.kind === 'match' || result.kind === 'unknown') ? 0 : 1;
    }),
  );
}

/** `limen people`: who is enrolled. */
export async function people(args: PeopleArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withDesk(session, io, { load: false }, async (desk) => {
    const everybody = await desk.list(args.gallery);
    const { embedder } = await loadPack(session.config.models.pack);
    const left = new Set(outdatedPeople(everybody, embedder.modelId));
    if (args.json) {
      const enrolAgain = [...left].map(({ gallery, id }) => ({ gallery, id }));
      await io.stdout.json({ people: everybody, enrolAgain });
    } else if (everybody.length === 0) {
      await io.stdout.line('Nobody is enrolled. Enrol somebody: limen enroll default/anna anna.jpg');
    } else {
      const rows = everybody.map((person) => {
        const { gallery, id, name, faces, createdAt, enabled } = person;
        const notes = [
          ...(enabled ? [] : ['disabled']),
          ...(left.has(person) ? ['must be enrolled again'] : []),
        ];
        return [gallery, id, name, faces.length, createdAt.slice(0, 19).replace('T', ' '), notes.join(', ')];
      });
      await io.stdout.write(formatTable(['gallery', 'id', 'name', 'faces', 'since (UTC)', ''], rows));
    }
    return 0;
  });
}

/** `limen remove`: afterwards no file holds the person's templates. */
export async function remove(args: RemoveArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withDesk(session, io, { load: false }, async (desk) => {
    const removed = await desk.remove(args.person);
    const who = formatPersonRef(args.person);
    if (!removed) throw new LimenError('not_found', `nobody is enrolled as ${who}`);
    if (args.json) await io.stdout.json({ removed: args.person });
    else await io.stdout.line(`${who} removed, templates and all`);
    return 0;
  });
}

async function readPicture(path: string): Promise<{ path: string; bytes: Uint8Array }> {
  const bytes = await readGiven(path);
  if (bytes.length === 0) throw new LimenError('file_unusable', `${path}: the file is empty`);
  return { path, bytes };
}

function inWords(outcome: IdentifyOutcome): string {
  switch (outcome.kind) {
    case 'match':
      return `${formatPersonRef(outcome.person)}  score ${outcome.score.toFixed(3)}  margin ${outcome.margin.toFixed(3)}`;
    case 'unknown':
      return outcome.reason === 'ambiguous_match'
        ? 'two people are equally alike: nobody'
        : 'nobody enrolled';
    case 'no_face':
      return 'no face found';
    case 'several_faces':
      return `${outcome.count} faces found`;
    case 'low_quality':
      return 'the face is too small, dark or blurred';
    case 'unreadable':
      return outcome.detail;
    case 'busy':
      return 'busy';
  }
}
