import { resolve } from 'node:path';
import { LimenError } from '../../core/errors.ts';

/** `scheme:path?options`, `scheme://authority…`, and the bare words `auto` and `webcam`. */
const URI = /^([a-z][a-z0-9+-]*)(?::([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$/i;
/** Names of query values that cameras use for credentials. */
const SECRET_NAME = /user|login|pass|pwd|token|auth|key|secret|credential/i;

/** A camera's URI, taken apart. Nothing of it is believed before a scheme has read its options. */
export interface CameraUri {
  readonly scheme: string;
  /** As written, credentials included: for the device only. */
  readonly raw: string;
  /** Without credentials: for people, logs and errors. */
  readonly shown: string;
  /** What stands between the colon and the question mark, still percent-encoded. */
  readonly body: string;
  readonly query: string;
  readonly fragment: string;
}

/** @throws LimenError `uri_invalid` */
export function parseCameraUri(raw: string): CameraUri {
  const found = URI.exec(raw.trim());
  if (found === null)
    throw new LimenError('uri_invalid', `a camera is named by a URI, for instance v4l2:///dev/video0`);
  const [whole, scheme, body = '', query = '', fragment = ''] = found;
  return {
    scheme: (scheme as string).toLowerCase(),
    raw: whole,
    shown: withoutCredentials(whole),
    body,
    query,
    fragment,
  };
}

/** The URI without user and password (up to the last @, encoded or not), and without the values of query parameters that look like either. */
export function withoutCredentials(uri: string): string {
  return uri
    .replace(/^([a-z0-9+-]+:\/\/)(?!\/).*@/i, '$1')
    .replace(/([?&#])([^=&#]+)=([^&#]*)/g, (part, mark: string, name: string) =>
      SECRET_NAME.test(name) ? `${mark}${name}=***` : part,
    );
}

/** `uri` with these options set in its query, for callers that decide them (`limen watch --realtime=false`). */
export function withOptions(uri: string, options: Readonly<Record<string, string>>): string {
  const [beforeFragment = '', ...fragment] = uri.split('#');
  const [body = '', query = ''] = beforeFragment.split('?', 2);
  const all = new URLSearchParams(query);
  for (const [name, value] of Object.entries(options)) all.set(name, value);
  return [`${body}?${all}`, ...fragment].join('#');
}

/**
 * The path of a local URI: `scheme:///absolute`, or `scheme:relative` to the working directory.
 * @throws LimenError `uri_invalid` for two slashes, where a host would stand
 */
export function localPath(uri: CameraUri): string {
  if (uri.body.startsWith('//') && !uri.body.startsWith('///')) {
    throw new LimenError(
      'uri_invalid',
      `${uri.shown}: a local path takes three slashes, ${uri.scheme}:///path`,
    );
  }
  const encoded = uri.body.replace(/^\/\/\//, '/');
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch {
    throw new LimenError('uri_invalid', `${uri.shown}: a % in a path is written %25`);
  }
  if (path === '' || path.includes('\0'))
    throw new LimenError('uri_invalid', `${uri.shown}: the path is missing`);
  return resolve(path);
}
