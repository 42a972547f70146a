import type { Client } from './clients.ts';

/** The `http:` section as the server needs it. */
export interface HttpSettings {
  readonly host: string;
  /** 0 lets the system choose (tests). */
  readonly port: number;
  /** Who may call without a token; loopback is technician unless listed otherwise. */
  readonly clients: readonly Client[];
  /** PEM files; HTTPS when certificate and key are named. `ca` issues the certificates of callers. */
  readonly tls?: {
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly ca?: string | undefined;
  };
  /** Names under which this machine is called, besides `localhost`, its own host name and IP addresses. */
  readonly allowedHosts?: readonly string[];
  /** Web pages of other origins that may call. */
  readonly allowedOrigins?: readonly string[];
  readonly maxImageBytes: number;
  readonly maxVideoBytes: number;
}

/** Bounds of the server itself. They protect the daemon; nobody has had to tune them, so they are no settings. */
export const BOUNDS = {
  /** Request line and headers, bytes; Node answers 431 beyond. */
  headerBytes: 16_384,
  headersTimeoutMs: 10_000,
  /** From the first byte to the last of the body: 64 MB at 1 MB/s. */
  requestTimeoutMs: 65_000,
  keepAliveTimeoutMs: 5_000,
  /** How often Node looks for connections past the limits above. */
  timeoutCheckMs: 1_000,
  connections: 256,
  /** Bodies that are no upload, bytes. */
  bodyBytes: 65_536,
  /** All uploads in memory at one time, bytes. */
  uploadBytesInFlight: 160 * 1024 * 1024,
  /** Multipart framing around one file, bytes. */
  multipartOverheadBytes: 65_536,
  /** A gallery or id in a path, percent-encoded: 128 characters of up to 12. */
  pathParameterLength: 1_536,
  /** How often the certificate's files are looked at, for a renewed one. */
  certificateCheckMs: 60_000,
  /** Requests in progress get this long when the daemon stops. */
  stopGraceMs: 4_000,
} as const;

/** Bounds of time that tests shorten. */
export type TimeBounds = Partial<Record<'headersTimeoutMs' | 'requestTimeoutMs' | 'timeoutCheckMs', number>>;
