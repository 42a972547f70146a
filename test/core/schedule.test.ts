import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inSchedule, knownTimeZone, parseWindow, type Schedule } from '../../src/core/schedule.ts';

const ZURICH = { timeZone: 'Europe/Zurich', holidays: ['12-25', '2026-05-14'] };

function schedule(...windows: string[]): Schedule {
  return windows.map((text) => {
    const window = parseWindow(text);
    assert.ok(window, text);
    return window;
  });
}

function open(windows: Schedule, at: string): boolean {
  return inSchedule(windows, new Date(at), ZURICH);
}

/** Minutes of the schedule between two instants. */
function minutesOpen(windows: Schedule, from: string, to: string, calendar = ZURICH): number {
  let minutes = 0;
  for (let at = Date.parse(from); at < Date.parse(to); at += 60_000) {
    if (inSchedule(windows, new Date(at), calendar)) minutes++;
  }
  return minutes;
}

test('what a window may be written as', () => {
  assert.deepEqual(
    [...(parseWindow('mon-fri 07:00-18:30')?.days ?? [])],
    ['mon', 'tue', 'wed', 'thu', 'fri'],
  );
  assert.deepEqual([...(parseWindow('fri-mon 22:00-06:00')?.days ?? [])], ['fri', 'sat', 'sun', 'mon']);
  assert.deepEqual([...(parseWindow('sat,hol 10:00-14:00')?.days ?? [])], ['sat', 'hol']);
  assert.equal(parseWindow('daily 00:00-24:00')?.days.size, 8);
  const wrong = [
    '',
    'mon',
    'mon 7:00-8:00',
    'mon 07:00-24:01',
    'mon 24:00-08:00',
    'mon 07:60-08:00',
    'mod 07:00-08:00',
  ];
  wrong.push('mon-hol 07:00-08:00', 'mon--fri 07:00-08:00', 'mon 07:00-08:00-09:00', 'MON 07:00-08:00');
  for (const text of wrong) assert.equal(parseWindow(text), undefined, text);
});

test('a window holds its first minute and not its last, on its days', () => {
  const office = schedule('mon-fri 07:00-18:30');
  assert.equal(open(office, '2026-01-05T05:59:59Z'), false); // Monday, 06:59:59 there
  assert.equal(open(office, '2026-01-05T06:00:00Z'), true);
  assert.equal(open(office, '2026-01-05T17:29:59Z'), true);
  assert.equal(open(office, '2026-01-05T17:30:00Z'), false);
  assert.equal(open(office, '2026-01-10T10:00:00Z'), false); // Saturday
});

test('a window over midnight belongs to the day it begins on', () => {
  const night = schedule('fri 22:00-06:00');
  assert.equal(open(night, '2026-01-09T21:00:00Z'), true);
  assert.equal(open(night, '2026-01-10T04:59:00Z'), true);
  assert.equal(open(night, '2026-01-10T05:00:00Z'), false);
  assert.equal(open(night, '2026-01-09T04:00:00Z'), false);
});

test('on holidays only what names them counts', () => {
  const office = schedule('mon-fri 07:00-18:30');
  assert.equal(open(office, '2026-05-14T10:00:00Z'), false);
  assert.equal(open(office, '2028-12-25T10:00:00Z'), false); // a Monday
  assert.equal(open(office, '2028-12-26T10:00:00Z'), true);
  assert.equal(open(schedule('hol 10:00-12:00'), '2026-05-14T09:00:00Z'), true);
  const eve = schedule('thu 22:00-06:00');
  assert.equal(open(eve, '2026-05-14T21:00:00Z'), false);
  assert.equal(open(schedule('hol 22:00-06:00'), '2026-05-15T03:00:00Z'), true);
});

test('where summer time begins or ends, windows keep their hours on the wall', () => {
  const office = schedule('daily 07:00-18:30');
  const night = schedule('daily 22:00-06:00');
  const gap = schedule('daily 02:00-03:00');
  // 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00
  assert.equal(minutesOpen(office, '2026-03-28T23:00Z', '2026-03-29T22:00Z'), 690);
  assert.equal(minutesOpen(office, '2026-10-24T22:00Z', '2026-10-25T23:00Z'), 690);
  assert.equal(minutesOpen(night, '2026-03-28T18:00Z', '2026-03-29T12:00Z'), 7 * 60);
  assert.equal(minutesOpen(night, '2026-10-24T18:00Z', '2026-10-25T12:00Z'), 9 * 60);
  assert.equal(minutesOpen(gap, '2026-03-28T23:00Z', '2026-03-29T22:00Z'), 0);
  assert.equal(minutesOpen(gap, '2026-10-24T22:00Z', '2026-10-25T23:00Z'), 120);
});

/** 1 January 2026 … 2028, with every change of summer time in it. */
const instant = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-01-01') });
const zone = fc.constantFrom(
  'Europe/Zurich',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
);
const clockTime = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));

test('at every instant of two years, in every zone, the schedule agrees with the clock on the wall', () => {
  fc.assert(
    fc.property(instant, zone, clockTime, clockTime, (atMs, timeZone, from, to) => {
      const text = ([h, m]: readonly [number, number]) =>
        `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
      fc.pre(text(from) < text(to));
      const at = new Date(atMs);
      const wall = at.toLocaleTimeString('de-DE', { timeZone, hour: '2-digit', minute: '2-digit' });
      const expected = wall >= text(from) && wall < text(to);
      const calendar = { timeZone, holidays: [] };
      assert.equal(inSchedule(schedule(`daily ${text(from)}-${text(to)}`), at, calendar), expected);
      const rest = schedule(`daily 00:00-${text(to)}`, `daily ${text(to)}-24:00`);
      if (text(to) !== '00:00') assert.equal(inSchedule(rest, at, calendar), true);
      const across = schedule(`daily ${text(to)}-${text(from)}`);
      assert.equal(inSchedule(across, at, calendar), !expected);
    }),
    { numRuns: 2_000, seed: 20260329 },
  );
});

test('a time that is none lies in no schedule; time zones are known or not', () => {
  assert.equal(inSchedule(schedule('daily 00:00-24:00'), new Date(Number.NaN), ZURICH), false);
  assert.equal(knownTimeZone('Europe/Zurich'), true);
  assert.equal(knownTimeZone('Europe/Zuerich'), false);
});
