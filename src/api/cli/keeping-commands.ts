import { type Command, personRef } from './command.ts';

const PASSPHRASE = {
  'passphrase-file': {
    type: 'string',
    value: 'FILE',
    help: 'its first line is the passphrase; else $LIMEN_BACKUP_PASSPHRASE',
  },
} as const;

/** The store as a whole: out, in, under another key, and what it holds of one person. */
export const KEEPING_COMMANDS: readonly Command[] = [
  {
    name: ['export'],
    summary: 'print everything that is held of one person, as JSON',
    examples: ['limen export default/anna > anna.json'],
    words: { help: 'GALLERY/ID', min: 1, max: 1 },
    notes:
      'For the person, who may ask for it: templates, kept pictures, the account without\n' +
      'its hashes, and every event that names them. The export is journalled.',
    read: ({ words: [person = ''] }, common) => ({
      verb: 'export',
      args: { ...common, person: personRef(person) },
    }),
  },
  {
    name: ['backup'],
    summary: 'write people, kept pictures and accounts into one encrypted file',
    examples: ['limen backup door.backup --passphrase-file secret.txt', 'limen backup door.backup'],
    words: { help: 'FILE', min: 1, max: 1 },
    options: { ...PASSPHRASE, force: { type: 'boolean', help: 'also over an existing file' } },
    notes:
      'Consistent while the daemon runs. Without a passphrase only the key of this store\n' +
      'opens it, and no longer after `limen key rotate`: keep a copy of `store.key` then,\n' +
      'elsewhere. Tokens, settings and the journal are not in it.',
    read: (given, common) => ({
      verb: 'backup',
      args: { ...common, ...file(given.words, given.text('passphrase-file')), force: given.flag('force') },
    }),
  },
  {
    name: ['restore'],
    summary: 'put a backup in the place of everybody',
    examples: ['limen restore door.backup --passphrase-file secret.txt'],
    words: { help: 'FILE', min: 1, max: 1 },
    options: PASSPHRASE,
    notes:
      'Also into a running daemon, at once. The file is checked as a whole first; one that\n' +
      'is damaged or locked otherwise changes nothing. Whoever is not in it is removed.',
    read: (given, common) => ({
      verb: 'restore',
      args: { ...common, ...file(given.words, given.text('passphrase-file')) },
    }),
  },
  {
    name: ['key', 'rotate'],
    summary: 'encrypt the store under a new key and destroy the old one',
    examples: ['limen key rotate'],
    notes: 'Also while the daemon runs. Backups made without a passphrase cannot be opened any more.',
    read: (_, common) => ({ verb: 'keyRotate', args: common }),
  },
];

function file(words: readonly string[], passphraseFile: string | undefined) {
  return { file: words[0] ?? '', ...(passphraseFile !== undefined && { passphraseFile }) };
}
