import { LimenError } from '../../core/errors.ts';
import type { LineBias } from './gpio-uapi.ts';
import type { GpiodTarget } from './gpiod.ts';
import type { MqttRelayTarget } from './mqtt.ts';
import type { OnoffTarget } from './onoff.ts';

const BIASES: readonly LineBias[] = ['as-is', 'pull-up', 'pull-down', 'disabled'];

/** Highest line number that the kernel's interfaces could carry for a real chip; a typing error otherwise. */
const MAX_LINE = 65_535;

/** `gpiod://gpiochip0/17?active=low&bias=pull-down`, or a chip's label in place of `gpiochip0`. */
export function parseGpiodUri(uri: string): GpiodTarget {
  const url = parseUri(uri, ['active', 'bias']);
  const bias = url.searchParams.get('bias') ?? 'as-is';
  const known = BIASES.find((name) => name === bias);
  if (known === undefined) {
    throw new LimenError('uri_invalid', `${uri}: bias is "${bias}", not one of ${BIASES.join(', ')}`);
  }
  return {
    chip: chipName(uri, url.hostname),
    line: lineNumber(uri, url.pathname.replace(/^\//, '')),
    activeLow: activeLow(uri, url),
    bias: known,
  };
}

/** A label may hold any character, percent-encoded. */
export function chipName(uri: string, host: string): string {
  if (host === '') throw new LimenError('uri_invalid', `${uri} names no chip; write gpiod://gpiochip0/17`);
  try {
    return decodeURIComponent(host);
  } catch (cause) {
    throw new LimenError('uri_invalid', `${uri}: "${host}" is badly percent-encoded`, { cause });
  }
}

/** `onoff:529?active=low` with the kernel's global number, or `onoff:17?base=512` with the chip's base and its line. */
export function parseOnoffUri(uri: string): OnoffTarget {
  const url = parseUri(uri, ['active', 'base']);
  return { number: globalNumber(uri, url), activeLow: activeLow(uri, url) };
}

/** Kernels number the chips anew now and then: the base may be said apart from the line. */
export function globalNumber(uri: string, url: URL): number {
  const number = lineNumber(uri, url.pathname) + lineNumber(uri, url.searchParams.get('base') ?? '0');
  if (number > MAX_LINE) throw new LimenError('uri_invalid', `${uri}: there is no line ${number}`);
  return number;
}

/** How long a relay elsewhere may take to answer, and to hold without being told again, ms. */
const ACK_MS = { fallback: 2_000, min: 100, max: 10_000 };
const LEASE_MS = { fallback: 10_000, min: 1_000, max: 60_000 };

/** `mqtt:building/io/front?ackMs=2000&leaseMs=10000`: the topic, without wildcards, at the daemon's own broker. */
export function parseMqttUri(uri: string): MqttRelayTarget {
  const url = parseUri(uri, ['ackMs', 'leaseMs']);
  const topic = decodeURIComponent(`${url.hostname}${url.pathname}`).replace(/^\/+/, '');
  if (topic === '' || /[+#]/.test(topic) || topic.endsWith('/')) {
    throw new LimenError('uri_invalid', `${uri} names no topic; write mqtt:building/io/front`);
  }
  const number = (name: string, { fallback, min, max }: typeof ACK_MS) => {
    const text = url.searchParams.get(name);
    const value = text === null ? fallback : Number(text);
    if (value >= min && value <= max) return value;
    throw new LimenError('uri_invalid', `${uri}: ${name} is "${text}", not within ${min} … ${max} ms`);
  };
  return { topic, ackMs: number('ackMs', ACK_MS), leaseMs: number('leaseMs', LEASE_MS) };
}

/** `memory:` and nothing else. */
export function parseMemoryUri(uri: string): void {
  const url = parseUri(uri, []);
  if (url.pathname !== '' || url.hostname !== '')
    throw new LimenError('uri_invalid', `${uri}: write memory:`);
}

/** @throws LimenError `uri_invalid`, also for a parameter that is not among `parameters` */
export function parseUri(uri: string, parameters: readonly string[]): URL {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (cause) {
    throw new LimenError('uri_invalid', `${uri} is not a URI`, { cause });
  }
  for (const name of url.searchParams.keys()) {
    if (parameters.includes(name)) continue;
    const list = parameters.length > 0 ? parameters.join(', ') : 'none';
    throw new LimenError('uri_invalid', `${uri}: unknown parameter "${name}" (known: ${list})`);
  }
  return url;
}

export function lineNumber(uri: string, text: string): number {
  const line = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(line <= MAX_LINE)) throw new LimenError('uri_invalid', `${uri}: "${text}" is not a line number`);
  return line;
}

export function activeLow(uri: string, url: URL): boolean {
  const active = url.searchParams.get('active') ?? 'high';
  if (active !== 'high' && active !== 'low') {
    throw new LimenError('uri_invalid', `${uri}: active is "${active}", not high or low`);
  }
  return active === 'low';
}
