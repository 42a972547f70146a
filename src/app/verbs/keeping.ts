import { open, rename, rm, stat } from 'node:fs/promises';
import type { BackupArgs, CommonArgs, ExportArgs, Io, RestoreArgs } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import { withKeepingDesk } from '../desk/keeping-desk.ts';
import { readGiven } from '../given-file.ts';
import { openSession } from '../session.ts';

/** `limen key rotate`: when it ends, nothing is under the old key and the old key is gone. */
export async function keyRotate(args: CommonArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withKeepingDesk(session, io, async (desk) => {
    const keyId = await desk.changeKey();
    if (args.json) await io.stdout.json({ keyId });
    else await io.stdout.line(`the store is encrypted under a new key (${keyId}); the old one is destroyed`);
    return 0;
  });
}

/** `limen backup`: the file is there as a whole, or not at all. */
export async function backup(args: BackupArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const passphrase = await passphraseOf(args, io);
  if (!args.force && (await exists(args.file))) {
    throw new LimenError('usage', `${args.file} is there already; --force overwrites it`);
  }
  return withKeepingDesk(session, io, async (desk) => {
    const bytes = await writeWhole(args.file, await desk.backup(passphrase));
    const openedBy = passphrase === undefined ? 'store_key' : 'passphrase';
    if (args.json) await io.stdout.json({ file: args.file, bytes, openedBy });
    else {
      await io.stdout.line(`${args.file}: ${bytes} bytes`);
      const note =
        passphrase === undefined
          ? 'only the key of this store opens it: keep a copy of store.key elsewhere, or use a passphrase'
          : 'the passphrase opens it, and nothing else does';
      await io.stderr.line(note);
    }
    return 0;
  });
}

/** `limen restore`: everybody of the backup and nobody else, or nothing changed. */
export async function restore(args: RestoreArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const passphrase = await passphraseOf(args, io);
  if (!(await exists(args.file)))
    throw new LimenError('file_unusable', `${args.file}: there is no such file`);
  return withKeepingDesk(session, io, async (desk) => {
    const restored = await desk.restore(args.file, passphrase);
    if (args.json) await io.stdout.json(restored);
    else {
      const { people, pictures, createdAt, device } = restored;
      const what = `${people} people${pictures > 0 ? ` with ${pictures} pictures` : ''}`;
      await io.stdout.line(`${what} restored, as they were on ${device} at ${createdAt}`);
    }
    return 0;
  });
}

/** `limen export`: JSON in any case, since that is what is asked for. */
export async function exportPerson(args: ExportArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withKeepingDesk(session, io, async (desk) => {
    const held = await desk.export(args.person);
    if (args.json) await io.stdout.json(held);
    else await io.stdout.write(`${JSON.stringify(held, null, 2)}\n`);
    return 0;
  });
}

/** Never from the command line itself, which other users of the machine can read. @throws LimenError `file_unusable` */
async function passphraseOf(args: { passphraseFile?: string }, io: Io): Promise<string | undefined> {
  if (args.passphraseFile === undefined) return io.env.LIMEN_BACKUP_PASSPHRASE || undefined;
  const text = (await readGiven(args.passphraseFile)).toString();
  const line = text.split(/\r?\n/)[0] ?? '';
  if (line === '') throw new LimenError('file_unusable', `${args.passphraseFile}: its first line is empty`);
  return line;
}

/** Readable by this user alone, synced, and under its name only when it is whole. Resolves with its length. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const part = `${path}.part`;
  try {
    await rm(part, { force: true });
    const handle = await open(part, 'wx', 0o600);
    let bytes = 0;
    try {
      for await (const piece of content) {
        await handle.writeFile(piece);
        bytes += piece.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
    return bytes;
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    if (cause instanceof LimenError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LimenError('usage', `the backup cannot be written: ${reason}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
