import { LimenError } from '../../core/errors.ts';

/** Where a broker listens, taken from its URL. */
export interface BrokerEndpoint {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The URL without credentials, for logs, health and errors. */
  readonly redacted: string;
}

/** Ports: IANA service names `mqtt` and `secure-mqtt`. */
const SCHEMES: Record<string, { readonly tls: boolean; readonly port: number }> = {
  mqtt: { tls: false, port: 1883 },
  mqtts: { tls: true, port: 8883 },
};

/**
 * Parses `mqtt://[user[:password]@]host[:port]` or `mqtts://…`; user and password are percent-decoded.
 * @throws LimenError `uri_unknown_scheme` | `uri_invalid`; neither message repeats the credentials
 */
export function parseBrokerUrl(text: string): BrokerEndpoint {
  const name = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  const scheme = name === undefined ? undefined : SCHEMES[name];
  if (name !== undefined && scheme === undefined) {
    const known = Object.keys(SCHEMES).join(', ');
    throw new LimenError('uri_unknown_scheme', `a broker is not reached by ${name}: (known: ${known})`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || scheme === undefined || url.hostname === '') {
    throw new LimenError('uri_invalid', 'the broker URL is not of the form mqtt://host:port');
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new LimenError(
      'uri_invalid',
      `${name}://${url.host} has a path or a query, which a broker does not have`,
    );
  }
  return {
    tls: scheme.tls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? scheme.port : Number(url.port),
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.password === '' ? {} : { password: decoded(url.password) }),
    redacted: `${name}://${url.host}`,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new LimenError('uri_invalid', 'user or password in the broker URL has a malformed % sequence');
  }
}
