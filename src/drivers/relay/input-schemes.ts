import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { InputLine } from '../../core/ports/door-input.ts';
import type { LineBias } from './gpio-uapi.ts';
import { GpiodInput } from './gpiod-input.ts';
import { MemoryInput } from './memory-input.ts';
import { OnoffInput } from './onoff-input.ts';
import { activeLow, chipName, globalNumber, lineNumber, parseMemoryUri, parseUri } from './relay-uri.ts';

const PULLS: Readonly<Record<string, LineBias>> = {
  up: 'pull-up',
  down: 'pull-down',
  none: 'disabled',
  'as-is': 'as-is',
};

/** Contacts and buttons bounce for some 5 to 20 ms; this is well above and below what a hand does, ms. */
const DEBOUNCE_MS = 50;
const MAX_DEBOUNCE_MS = 5_000;

const SCHEMES: Record<string, (uri: string, clock: Clock) => InputLine> = {
  gpiod: (uri, clock) => {
    const url = parseUri(uri, ['active', 'debounceMs', 'pull']);
    const pull = url.searchParams.get('pull') ?? 'as-is';
    const bias = Object.hasOwn(PULLS, pull) ? PULLS[pull] : undefined;
    if (bias === undefined) {
      throw new LimenError(
        'uri_invalid',
        `${uri}: pull is "${pull}", not one of ${Object.keys(PULLS).join(', ')}`,
      );
    }
    const line = lineNumber(uri, url.pathname.replace(/^\//, ''));
    const target = { chip: chipName(uri, url.hostname), line, activeLow: activeLow(uri, url), bias };
    return new GpiodInput(uri, { ...target, debounceMs: debounceMs(uri, url) }, clock);
  },
  onoff: (uri) => {
    const url = parseUri(uri, ['active', 'base', 'debounceMs']);
    const number = globalNumber(uri, url);
    return new OnoffInput(uri, { number, activeLow: activeLow(uri, url), debounceMs: debounceMs(uri, url) });
  },
  memory: (uri) => {
    parseMemoryUri(uri);
    return new MemoryInput(uri);
  },
};

export const INPUT_SCHEMES: readonly string[] = Object.keys(SCHEMES);

/**
 * The input that a URI names, not yet opened: `gpiod://gpiochip0/5?active=low&debounceMs=50&pull=up`,
 * `onoff:5?active=low`, `memory:`.
 * @throws LimenError `uri_unknown_scheme` listing the known ones | `uri_invalid`
 */
export function inputFor(uri: string, clock: Clock): InputLine {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  const make = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (make === undefined) {
    const known = INPUT_SCHEMES.map((name) => `${name}:`).join(', ');
    throw new LimenError('uri_unknown_scheme', `input "${uri}" has no known scheme; known are ${known}`);
  }
  return make(uri, clock);
}

function debounceMs(uri: string, url: URL): number {
  const text = url.searchParams.get('debounceMs');
  if (text === null) return DEBOUNCE_MS;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= MAX_DEBOUNCE_MS) return value;
  throw new LimenError(
    'uri_invalid',
    `${uri}: debounceMs is "${text}", not within 0 … ${MAX_DEBOUNCE_MS} ms`,
  );
}
