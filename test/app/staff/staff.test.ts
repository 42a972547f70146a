import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { DeskAnswer, EnrolOptions, PeopleDesk } from '../../../src/app/desk/people-desk.ts';
import { enrolStaff, type StaffRow } from '../../../src/app/staff/enrol-staff.ts';
import type { Staff } from '../../../src/app/staff/staff-entry.ts';
import { readStaffFolder } from '../../../src/app/staff/staff-folder.ts';
import { readStaffList } from '../../../src/app/staff/staff-list.ts';
import { staffCsv, staffReport } from '../../../src/app/staff/staff-report.ts';
import { validityInstant } from '../../../src/app/staff/validity-instant.ts';
import type { PersonRef } from '../../../src/core/person.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { scratch } from '../../fixtures/scratch.ts';

/** A folder with files of their own names as content. */
async function folderOf(...files: string[]): Promise<string> {
  const directory = scratch();
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), file);
  }
  return directory;
}

const told = ({ members, problems }: Staff) => ({
  members: members.map(({ person, pictures }) => [
    `${person.gallery}/${person.id}`,
    ...pictures.map(({ shown }) => shown),
  ]),
  problems: problems.map(({ shown, message }) => `${shown}: ${message}`),
});

test('a folder: ID.jpg, GALLERY/ID.jpg, GALLERY/ID/*; the rest is told or is no picture', async () => {
  const directory = await folderOf(
    'anna.jpg',
    'anna.PNG',
    'staff/17.webp',
    'staff/18/front.jpg',
    'staff/18/side.heic',
    'staff/18/deeper/x.jpg',
    'Zoe\u0308.jpg',
    'notes.txt',
    'Thumbs.db',
    '.hidden.jpg',
    '.git/y.jpg',
    `${'x'.repeat(130)}.jpg`,
  );
  await symlink('/etc/passwd', join(directory, 'eve.jpg'));
  assert.deepEqual(told(await readStaffFolder(directory, 'default')), {
    members: [
      ['default/Zo\u00eb', 'Zoe\u0308.jpg'],
      ['default/anna', 'anna.PNG', 'anna.jpg'],
      ['staff/17', 'staff/17.webp'],
      ['staff/18', 'staff/18/front.jpg', 'staff/18/side.heic'],
    ],
    problems: [
      'eve.jpg: a link',
      'staff/18/deeper: a folder too deep',
      `${'x'.repeat(130)}.jpg: id is longer than 128 characters`,
    ],
  });
  await assert.rejects(readStaffFolder(join(directory, 'nowhere'), 'default'), { code: 'file_unusable' });
});

test('a list: columns by name, pictures beside it, nothing from elsewhere', async () => {
  const directory = await folderOf('in/anna.jpg', 'in/sub/anna2.jpg', 'secret.jpg');
  await symlink('../secret.jpg', join(directory, 'in/link.jpg'));
  const list = join(directory, 'in/staff.csv');
  const lines = [
    'id;gallery;file;name;validUntil;validFrom',
    'anna;staff;anna.jpg;"Anna; B.";2026-12-31;',
    'anna;staff;sub\\anna2.jpg;;;',
    'b;;../secret.jpg;;;',
    `c;;${join(directory, 'in/anna.jpg')};;;`,
    'd;;link.jpg;;;',
    'e;;nowhere.jpg;;;',
    'f;;anna.jpg;;;31.12.2026',
    ';;anna.jpg;;;',
    'g;;;;;',
    'h;a/b;anna.jpg;;;',
    'i;;.;;;',
    'bob;;./sub/../anna.jpg;;;',
  ];
  await writeFile(list, `\uFEFF${lines.join('\r\n')}\r\n`);
  const staff = await readStaffList(list, 'default');
  const outside = 'the file lies outside the folder of the list';
  assert.deepEqual(told(staff), {
    members: [
      ['default/bob', 'line 13: ./sub/../anna.jpg'],
      ['staff/anna', 'line 2: anna.jpg', 'line 3: sub\\anna2.jpg'],
    ],
    problems: [
      `line 4: ../secret.jpg: ${outside}`,
      `line 5: ${join(directory, 'in/anna.jpg')}: ${outside}`,
      `line 6: link.jpg: ${outside}`,
      'line 7: nowhere.jpg: no such file',
      'line 8: anna.jpg: validFrom "31.12.2026" is no date',
      'line 9: anna.jpg: id is empty',
      'line 10: : no file is named',
      'line 11: anna.jpg: gallery holds a slash',
      `line 12: .: ${outside}`,
    ],
  });
  const anna = staff.members[1];
  assert.equal(anna?.name, 'Anna; B.');
  assert.equal(anna?.validUntil, new Date(2027, 0, 1).toISOString());
});

test('days are meant from their first moment and through their last', () => {
  assert.equal(validityInstant('2026-12-31', 'start'), new Date(2026, 11, 31).toISOString());
  assert.equal(validityInstant('2026-12-31', 'end'), new Date(2027, 0, 1).toISOString());
  assert.equal(validityInstant('2026-12-31T18:00:00+01:00', 'end'), '2026-12-31T17:00:00.000Z');
  for (const text of ['2026-02-31', '2026-13-01', '31.12.2026', '2026', '2026-12-31T18:00', 'soon']) {
    assert.equal(validityInstant(text, 'end'), undefined, text);
  }
});

/** A desk that remembers; `answers` says what becomes of a picture by its content, once each in turn. */
class RecordingDesk implements PeopleDesk {
  readonly enrolled: { person: PersonRef; content: string; options: EnrolOptions }[] = [];
  readonly #answers: Record<string, DeskAnswer[]>;
  readonly #there: Awaited<ReturnType<PeopleDesk['list']>>;

  constructor(
    answers: Record<string, DeskAnswer[]> = {},
    there: readonly { gallery: string; id: string; modelId: string }[] = [],
  ) {
    this.#answers = answers;
    this.#there = there.map(({ modelId, ...ref }) => {
      const face = { faceId: '1', modelId, quality: 1, liveness: 'not_assessed', createdAt: '' } as const;
      return { ...ref, createdAt: '', enabled: true, faces: [face] };
    });
  }

  async enrol(person: PersonRef, image: Uint8Array, options: EnrolOptions): Promise<DeskAnswer> {
    const content = Buffer.from(image).toString();
    const answer = this.#answers[content]?.shift() ?? { ok: true, faceId: '1', faces: 1 };
    if (answer.ok) this.enrolled.push({ person, content, options });
    return answer;
  }

  list = async () => this.#there;
  remove = async () => false;
}

async function enrolAll(
  desk: PeopleDesk,
  staff: Staff,
  more: Partial<Parameters<typeof enrolStaff>[0]> = {},
) {
  const rows: StaffRow[] = [];
  await enrolStaff({
    desk,
    staff,
    clock: new ManualClock(),
    signal: new AbortController().signal,
    modelId: 'now',
    maxImageBytes: 1_000,
    add: false,
    force: false,
    onProgress: () => {},
    onRow: (row) => void rows.push(row),
    ...more,
  });
  return rows;
}

test('whoever is there is left alone, unless their faces are of another model or more are wanted', async () => {
  const staff = await readStaffFolder(await folderOf('anna.jpg', 'bob.jpg', 'carl.jpg'), 'default');
  const there = [
    { gallery: 'default', id: 'anna', modelId: 'now' },
    { gallery: 'default', id: 'bob', modelId: 'earlier' },
  ];
  const desk = new RecordingDesk({}, there);
  const rows = await enrolAll(desk, staff);
  assert.deepEqual(
    rows.map(({ file, result }) => [file, result]),
    [
      ['anna.jpg', 'already_enrolled'],
      ['bob.jpg', 'enrolled'],
      ['carl.jpg', 'enrolled'],
    ],
  );
  const adding = new RecordingDesk({}, there);
  await enrolAll(adding, staff, { add: true, force: true });
  assert.equal(adding.enrolled.length, 3);
  assert.equal(adding.enrolled[0]?.options.force, true);
});

test('refusals keep their reason, a busy daemon is asked again, a file too large is not even read', async () => {
  const directory = await folderOf('anna.jpg', 'bob.jpg');
  await writeFile(join(directory, 'carl.jpg'), Buffer.alloc(1_001));
  const clock = new ManualClock();
  const desk = new RecordingDesk({
    'anna.jpg': [{ ok: false, code: 'no_face', message: 'no face', advice: 'show one' }],
    'bob.jpg': [{ ok: false, code: 'busy', message: 'busy', advice: 'later' }],
  });
  const running = enrolAll(desk, await readStaffFolder(directory, 'default'), { clock });
  let done = false;
  void running.finally(() => {
    done = true;
  });
  while (!done) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const rows = await running;
  assert.deepEqual(
    rows.map(({ file, result, code }) => [file, result, code]),
    [
      ['anna.jpg', 'refused', 'no_face'],
      ['bob.jpg', 'enrolled', undefined],
      ['carl.jpg', 'refused', 'too_large'],
    ],
  );
  assert.match(staffReport(rows, { dryRun: false }), /anna\.jpg +default\/anna +no face +show one/);
  assert.match(staffReport(rows, { dryRun: true }), /3 pictures: 1 would be enrolled, .* 2 refused/);
  assert.match(
    staffCsv(rows),
    /^\uFEFFfile,.*\r\nanna\.jpg,default,anna,refused,no_face,no face,show one\r\n/,
  );
});

test('an end in the middle lets the person at hand be finished', async () => {
  const directory = await folderOf('a/anna/1.jpg', 'a/anna/2.jpg', 'a/bob.jpg');
  const control = new AbortController();
  const desk = new RecordingDesk();
  const rows: StaffRow[] = [];
  const running = enrolAll(desk, await readStaffFolder(directory, 'default'), {
    signal: control.signal,
    onRow: (row) => {
      rows.push(row);
      control.abort();
    },
  });
  await assert.rejects(running, { name: 'AbortError' });
  assert.deepEqual(
    rows.map(({ file }) => file),
    ['a/anna/1.jpg', 'a/anna/2.jpg'],
  );
});
