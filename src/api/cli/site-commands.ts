import { LimenError } from '../../core/errors.ts';
import { EVENT_TYPES, type EventType } from '../../core/events.ts';
import { nearest } from '../../core/nearest.ts';
import type { Command } from './command.ts';
import { personRef } from './command.ts';

/** What a technician does with a site: fill it, look at it, measure it. */
export const IMPORT: Command = {
  name: ['import'],
  summary: 'enrol everybody of a folder or list of staff photographs',
  examples: [
    'limen import photographs --dry-run',
    'limen import photographs --report refused.csv',
    'limen import staff.csv --gallery staff',
  ],
  words: { help: 'DIR|LIST.csv', min: 1, max: 1 },
  options: {
    gallery: { type: 'string', value: 'NAME', help: 'of whoever stands in none; else the default gallery' },
    'dry-run': { type: 'boolean', help: 'examine every picture, say what would happen, change nothing' },
    add: {
      type: 'boolean',
      help: 'also the pictures of people who are enrolled already, as further faces',
    },
    force: { type: 'boolean', help: 'although the face is enrolled under another id' },
    report: { type: 'string', value: 'FILE', help: 'what became of every picture, as CSV' },
  },
  notes:
    'A folder holds ID.jpg, GALLERY/ID.jpg, or several pictures of one person as\n' +
    'GALLERY/ID/any-name.jpg. A list has the columns id and file, and may have gallery,\n' +
    'name, validFrom and validUntil (2026-12-31 is valid through that day); its files are\n' +
    'named from its own folder. Whoever is enrolled already is left as they are, so that\n' +
    'a second run goes on where the first one ended. Exits 1 when a picture was refused.',
  read: (given, common) => {
    const [gallery, report] = [given.text('gallery'), given.text('report')];
    return {
      verb: 'import',
      args: {
        ...common,
        source: given.words[0] ?? '',
        ...(gallery === undefined ? {} : { gallery }),
        add: given.flag('add'),
        force: given.flag('force'),
        dryRun: given.flag('dry-run'),
        ...(report === undefined ? {} : { report }),
      },
    };
  },
};

export const DOCTOR: Command = {
  name: ['doctor'],
  summary: 'examine this installation and say what to do about it',
  examples: ['limen doctor', 'limen doctor --json', 'limen doctor --config /etc/limen/limen.yaml'],
  notes:
    'Asks the daemon where one runs. Where none does, it opens the cameras and relays itself\n' +
    'for a moment; no relay is energised. Exits 1 when something fails, 0 with warnings.',
  read: (_, common) => ({ verb: 'doctor', args: common }),
};

export const BENCH: Command = {
  name: ['bench'],
  summary: 'how fast this machine recognises, for each pack and provider',
  examples: ['limen bench', 'limen bench --pack recommended --seconds 20', 'limen bench --json'],
  options: {
    seconds: { type: 'string', value: 'N', help: 'how long each pack is measured, 1 to 600; 10 when absent' },
  },
  notes:
    'Best while no daemon runs: both would share the processor. The accuracy shown beside the\n' +
    'speed is quoted from the pack, with what it was measured on; `limen evaluate` measures it.',
  read: (given, common) => {
    const text = given.text('seconds') ?? '10';
    const seconds = Number(text);
    if (!(seconds >= 1 && seconds <= 600)) {
      throw new LimenError('usage', `--seconds ${text} is not a number from 1 to 600`);
    }
    return { verb: 'bench', args: { ...common, seconds } };
  },
};

export const EVENTS: Command = {
  name: ['events'],
  summary: 'what the journal holds: who came, what was refused and why',
  examples: [
    'limen events --since 2h',
    'limen events --since 2026-11-01 --type access.denied --csv > denied.csv',
    'limen events --follow --door front',
  ],
  options: {
    since: {
      type: 'string',
      value: 'TIME',
      help: '2h, 3d, 2026-11-01 or an RFC 3339 time; all of it when absent',
    },
    until: { type: 'string', value: 'TIME', help: 'the same; a day counts to its end' },
    type: { type: 'string', value: 'TYPE,…', help: 'only these, for instance access.denied or door.*' },
    door: { type: 'string', value: 'ID', help: 'only of this door' },
    person: { type: 'string', value: 'GALLERY/ID', help: 'only of this person' },
    follow: { type: 'boolean', help: 'go on with what happens from now on' },
    csv: { type: 'boolean', help: 'for a spreadsheet' },
    verify: {
      type: 'boolean',
      help: 'whether administrative entries are as they were written, none missing',
    },
  },
  notes:
    'Times are shown in UTC, as they are stored. --verify exits 1 when the chain is broken;\n' +
    'its head, kept elsewhere, shows later whether the end was cut off or all of it written anew.',
  read: (given, common) => {
    const [since, until, type, door, person] = ['since', 'until', 'type', 'door', 'person'].map((name) =>
      given.text(name),
    );
    if (given.flag('csv') && common.json) throw new LimenError('usage', 'either --csv or --json');
    if (given.flag('follow') && until !== undefined) {
      throw new LimenError('usage', '--follow has no end; leave --until out');
    }
    return {
      verb: 'events',
      args: {
        ...common,
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        types: type === undefined ? [] : eventTypes(type),
        ...(door !== undefined && { door }),
        ...(person !== undefined && { person: personRef(person) }),
        follow: given.flag('follow'),
        csv: given.flag('csv'),
        verify: given.flag('verify'),
      },
    };
  },
};

/** `access.denied,door.*` as the types meant. @throws LimenError `usage` */
function eventTypes(text: string): EventType[] {
  return text.split(',').flatMap((word) => {
    const wanted = word.trim();
    const family = wanted.endsWith('.*') ? wanted.slice(0, -1) : undefined;
    const found = EVENT_TYPES.filter((type) => type === wanted || (family && type.startsWith(family)));
    if (found.length > 0) return found;
    const near = nearest(wanted, EVENT_TYPES);
    const hint = near === undefined ? `; there are ${EVENT_TYPES.join(', ')}` : `; did you mean ${near}?`;
    throw new LimenError('usage', `there is no event type \`${wanted}\`${hint}`);
  });
}
