import { LimenError } from '../../core/errors.ts';
import type { Broker } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Relay } from '../../core/ports/relay.ts';
import { GpiodRelay } from './gpiod.ts';
import { MemoryRelay } from './memory.ts';
import { MqttRelay } from './mqtt.ts';
import { OnoffRelay } from './onoff.ts';
import { parseGpiodUri, parseMemoryUri, parseMqttUri, parseOnoffUri } from './relay-uri.ts';

const SCHEMES: Record<string, (uri: string, clock: Clock, broker?: Broker) => Relay> = {
  gpiod: (uri) => new GpiodRelay(uri, parseGpiodUri(uri)),
  onoff: (uri) => new OnoffRelay(uri, parseOnoffUri(uri)),
  mqtt: (uri, clock, broker) => {
    const target = parseMqttUri(uri);
    if (broker === undefined) {
      throw new LimenError('relay_unavailable', `${uri} needs the daemon's broker; only the daemon moves it`);
    }
    return new MqttRelay(uri, target, broker, clock);
  },
  memory: (uri, clock) => {
    parseMemoryUri(uri);
    return new MemoryRelay(uri, clock);
  },
};

export const RELAY_SCHEMES: readonly string[] = Object.keys(SCHEMES);

/**
 * The relay that a URI names, not yet opened: `gpiod://gpiochip0/17?active=low&bias=pull-down`,
 * `onoff:17?active=low`, `mqtt:building/io/front` (at `broker`), `memory:`.
 * @throws LimenError `uri_unknown_scheme` listing the known ones | `uri_invalid` | `relay_unavailable`
 */
export function relayFor(uri: string, clock: Clock, broker?: Broker): Relay {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  const make = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (make === undefined) {
    const known = RELAY_SCHEMES.map((name) => `${name}:`).join(', ');
    throw new LimenError('uri_unknown_scheme', `relay "${uri}" has no known scheme; known are ${known}`);
  }
  return make(uri, clock, broker);
}
