import { BlockList, isIP } from 'node:net';
import type { Static } from 'typebox';
import Type from 'typebox';
import { parseAddressRange } from '../core/address-range.ts';
import type { DeepReadonly } from './defaults.ts';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';

const MIB = 1024 * 1024;

export const HttpSchema = section(
  {
    host: Type.String({
      default: '127.0.0.1',
      pattern: '^[A-Za-z0-9:._%-]+$',
      form: 'an address or host name to listen on',
      reload: 'restart',
      description: 'Address to listen on. Beyond loopback it needs `clients`, and `tls` or `plaintext`.',
    }),
    port: Type.Integer({
      default: 5000,
      minimum: 0,
      maximum: 65_535,
      reload: 'restart',
      description: 'Port to listen on; 0 takes a free one.',
    }),
    tls: section(
      {
        cert: Type.Optional(
          Type.String({
            minLength: 1,
            reload: 'restart',
            unset: 'none',
            example: '/etc/limen/http.crt',
            description: 'PEM file with the certificate chain.',
          }),
        ),
        key: Type.Optional(
          Type.String({
            minLength: 1,
            reload: 'restart',
            unset: 'none',
            example: '/etc/limen/http.key',
            description: "PEM file with the certificate's key.",
          }),
        ),
        ca: Type.Optional(
          Type.String({
            minLength: 1,
            reload: 'restart',
            unset: 'callers show no certificate',
            example: '/etc/limen/clients-ca.crt',
            description: "PEM file with the authority that issues callers' certificates.",
          }),
        ),
      },
      { description: 'HTTPS. Renewed files are taken over within a minute, without a restart.' },
    ),
    plaintext: Type.Boolean({
      default: false,
      reload: 'restart',
      description: 'Allows listening beyond loopback without TLS.',
    }),
    clients: Type.Array(
      section(
        {
          cidr: Type.Optional(
            Type.String({
              reload: 'restart',
              description: 'Addresses, for instance `10.0.0.7/32`, `fd00::/8` or one alone.',
            }),
          ),
          certificate: Type.Optional(
            Type.String({
              minLength: 1,
              reload: 'restart',
              description:
                'Instead of `cidr`: common name or SHA-256 fingerprint of a certificate that `tls.ca` issued.',
            }),
          ),
          role: Type.Enum(['viewer', 'terminal', 'technician'], {
            reload: 'restart',
            description: '`viewer` reads, `terminal` also verifies, `technician` also enrols and removes.',
          }),
        },
        { description: 'One range of callers, or one certificate.' },
      ),
      {
        default: [],
        reload: 'restart',
        example: [{ cidr: '10.0.0.7/32', role: 'terminal' }],
        description: 'What callers without a token may do, by address. Loopback is technician unless listed.',
      },
    ),
    limits: section(
      {
        requestsPerMinute: Type.Integer({
          default: 300,
          minimum: 1,
          maximum: 1_000_000,
          reload: 'restart',
          description: 'Requests that one address, or one token, may make in a minute; 429 beyond.',
        }),
      },
      { description: 'Limits of callers. The socket of the state directory and health probes have none.' },
    ),
    allowedHosts: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      reload: 'restart',
      example: ['door.example.org'],
      description:
        'Names under which callers reach this machine, besides `localhost`, its own name and addresses.',
    }),
    allowedOrigins: Type.Array(
      Type.String({
        pattern: '^https?://[^/\\s]+$',
        form: 'an origin such as `https://desk.example.org`',
        reload: 'restart',
      }),
      {
        default: [],
        reload: 'restart',
        example: ['https://desk.example.org'],
        description: 'Web pages of other origins that may call (CORS).',
      },
    ),
    maxImageBytes: Type.Integer({
      default: 10 * MIB,
      minimum: 1024,
      maximum: 100 * MIB,
      unit: 'bytes',
      reload: 'restart',
      description: 'Largest uploaded picture.',
    }),
    maxVideoBytes: Type.Integer({
      default: 64 * MIB,
      minimum: 1024,
      maximum: 1024 * MIB,
      unit: 'bytes',
      reload: 'restart',
      description: 'Largest uploaded clip.',
    }),
    verifyLiveness: Type.Enum(['auto', 'off'], {
      default: 'auto',
      reload: 'restart',
      description:
        '`auto`: uploaded clips that show a face in 8 frames or more are judged where the pack can; stills never are.',
    }),
    defaultGallery: Type.String({
      default: 'default',
      minLength: 1,
      maxLength: 128,
      reload: 'restart',
      description: 'Gallery of requests that name none.',
    }),
  },
  { description: 'The HTTP interface.' },
);

export type HttpConfig = Static<typeof HttpSchema>;

/** Whether only this machine can reach `host`. A name other than `localhost` counts as beyond loopback. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  if (family === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** Why this listener must not start, or undefined. `tokens`: whether any API token exists. */
export function unsafeBind(
  http: DeepReadonly<Pick<HttpConfig, 'host' | 'tls' | 'plaintext' | 'clients'>>,
  tokens: boolean,
): string | undefined {
  if (isLoopback(http.host)) return undefined;
  if (!tokens && http.clients.length === 0) {
    return `http.host ${http.host} can be reached by others, and neither a token nor \`http.clients\` says who may call`;
  }
  if (http.tls.cert === undefined && !http.plaintext) {
    return `http.host ${http.host} can be reached by others, and there is neither \`http.tls\` nor \`http.plaintext: true\``;
  }
  return undefined;
}

/** What the schema cannot say. */
export function httpProblems(http: HttpConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = http.clients.flatMap((client, i) => {
    const path = ['http', 'clients', String(i)];
    const { cidr, certificate } = client;
    if ((cidr === undefined) === (certificate === undefined)) {
      return [{ path, message: 'needs either `cidr` or `certificate`' }];
    }
    if (certificate !== undefined) {
      const known = http.tls.ca !== undefined;
      return known ? [] : [{ path: [...path, 'certificate'], message: 'needs `http.tls.ca` as well' }];
    }
    return parseAddressRange(cidr ?? '', isIP)
      ? []
      : [
          {
            path: [...path, 'cidr'],
            message: `\`${cidr}\` is not an address range such as \`10.0.0.7/32\``,
          },
        ];
  });
  if (http.tls.ca !== undefined && http.tls.cert === undefined) {
    problems.push({ path: ['http', 'tls', 'ca'], message: 'needs `http.tls.cert` as well' });
  }
  if ((http.tls.cert === undefined) !== (http.tls.key === undefined)) {
    const [given, missing] = http.tls.cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    problems.push({ path: ['http', 'tls', given], message: `needs \`http.tls.${missing}\` as well` });
  }
  return problems;
}
