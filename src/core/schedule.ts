/** Days of a week window; `hol` is every holiday of the calendar, on which the other days do not count. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'hol'] as const;
export type Day = (typeof DAYS)[number];

/** One stretch of time on certain days, by the clock on the wall there. */
export interface WeekWindow {
  readonly days: ReadonlySet<Day>;
  /** Minutes since midnight, 0 … 1439. */
  readonly fromMin: number;
  /** Minutes since midnight, 1 … 1440; not after `fromMin`: it ends on the day after. */
  readonly toMin: number;
}

export type Schedule = readonly WeekWindow[];

export interface Calendar {
  /** IANA name, for instance `Europe/Zurich`. */
  readonly timeZone: string;
  /** `2026-12-25`, or `12-25` for every year. */
  readonly holidays: readonly string[];
}

const WINDOW = /^(?<days>[a-z]{3}(?:[-,][a-z]{3})*|daily) (?<from>\d{2}:\d{2})-(?<to>\d{2}:\d{2})$/;

/**
 * Reads `mon-fri 07:00-18:30`, `sat,sun,hol 10:00-14:00`, `fri-mon 22:00-06:00` or `daily 00:00-24:00`. `daily` is
 * every day and every holiday. Undefined for anything else.
 */
export function parseWindow(text: string): WeekWindow | undefined {
  const { days: named, from, to } = WINDOW.exec(text.trim())?.groups ?? {};
  if (named === undefined || from === undefined || to === undefined) return undefined;
  const days = named === 'daily' ? new Set(DAYS) : daysOf(named);
  const [fromMin, toMin] = [minutes(from), to === '00:00' ? 1_440 : minutes(to)];
  if (days === undefined || !(fromMin <= 1_439) || !(toMin >= 1 && toMin <= 1_440)) return undefined;
  return { days, fromMin, toMin };
}

function daysOf(text: string): ReadonlySet<Day> | undefined {
  const days = new Set<Day>();
  for (const part of text.split(',')) {
    const [first, last = first, ...rest] = part.split('-').map((name) => DAYS.indexOf(name as Day));
    if (first === undefined || last === undefined || rest.length > 0 || first < 0 || last < 0)
      return undefined;
    const isRange = part.includes('-');
    if (isRange && (first > 6 || last > 6)) return undefined; // a range is of weekdays
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(DAYS[day] as Day);
      if (!isRange || day === last) break;
    }
  }
  return days;
}

function minutes(text: string): number {
  const [hours = Number.NaN, mins = Number.NaN] = text.split(':').map(Number);
  return mins < 60 ? hours * 60 + mins : Number.NaN;
}

/** Whether JavaScript knows the time zone. */
export function knownTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formatters.set(timeZone, formatter);
  return formatter;
}

/**
 * Whether `at` lies in the schedule. Asked by the clock on the wall in that time zone, so that a window is open from
 * its first minute to its last on every day: where summer time begins or ends inside it, it is an hour shorter or
 * longer. A time that is none lies in no schedule.
 */
export function inSchedule(schedule: Schedule, at: Date, calendar: Calendar): boolean {
  if (!Number.isFinite(at.getTime())) return false;
  const { today, yesterday, minute } = localTime(at, calendar.timeZone);
  const [todays, yesterdays] = [dayOf(today, calendar), dayOf(yesterday, calendar)];
  return schedule.some(({ days, fromMin, toMin }) => {
    const overnight = toMin <= fromMin;
    if (days.has(todays) && minute >= fromMin && (overnight || minute < toMin)) return true;
    return overnight && days.has(yesterdays) && minute < toMin;
  });
}

interface CalendarDate {
  /** `2026-12-25` */
  readonly date: string;
  /** 0 is Monday. */
  readonly weekday: number;
}

function dayOf({ date, weekday }: CalendarDate, { holidays }: Calendar): Day {
  const holiday = holidays.includes(date) || holidays.includes(date.slice(5));
  return holiday ? 'hol' : (DAYS[weekday] as Day);
}

function localTime(
  at: Date,
  timeZone: string,
): { today: CalendarDate; yesterday: CalendarDate; minute: number } {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN;
  // the calendar's own arithmetic: in UTC every day has 24 hours
  const midnightMs = Date.UTC(part('year'), part('month') - 1, part('day'));
  return {
    today: calendarDate(midnightMs),
    yesterday: calendarDate(midnightMs - 86_400_000),
    minute: part('hour') * 60 + part('minute'),
  };
}

function calendarDate(midnightMs: number): CalendarDate {
  const day = new Date(midnightMs);
  return { date: day.toISOString().slice(0, 10), weekday: (day.getUTCDay() + 6) % 7 };
}
