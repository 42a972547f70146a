import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { dialectA } from '../../../src/api/http/dialects/a-gallery.ts';
import { dialectB } from '../../../src/api/http/dialects/b-verification.ts';
import { dialectC } from '../../../src/api/http/dialects/c-enroll.ts';
import { dialectDAccounts } from '../../../src/api/http/dialects/d-accounts.ts';
import { dialectDVision } from '../../../src/api/http/dialects/d-vision.ts';
import type { HttpRoutes } from '../../../src/api/http/routes.ts';
import { HttpServer } from '../../../src/api/http/server.ts';
import type { HttpSettings } from '../../../src/api/http/settings.ts';
import { accountRoutes } from '../../../src/api/http/v1/accounts.ts';
import { healthRoutes } from '../../../src/api/http/v1/health.ts';
import { peopleRoutes } from '../../../src/api/http/v1/people.ts';
import { recogniseRoutes } from '../../../src/api/http/v1/recognise.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { requestServices, type ServiceOptions } from '../../fixtures/request-services.ts';

export const SETTINGS: HttpSettings = {
  host: '127.0.0.1',
  port: 0,
  clients: [],
  maxImageBytes: 200_000,
  maxVideoBytes: 400_000,
};

export interface ServingOptions extends ServiceOptions {
  readonly settings?: Partial<HttpSettings>;
  readonly routes?: readonly HttpRoutes[];
  readonly socketPath?: string;
}

/** The whole HTTP side on a free port, closed with the test. */
export async function serve(t: TestContext, options: ServingOptions = {}) {
  const settings = { ...SETTINGS, ...options.settings };
  const services = await requestServices({ maxBytes: settings.maxImageBytes, ...options });
  const health = new Health();
  const state = { ready: true };
  const parts = { ...services, defaultGallery: 'default', ...settings };
  const uploads: string[] = [];
  const served: readonly HttpRoutes[] = [
    healthRoutes({ health, ready: () => state.ready }),
    peopleRoutes(parts),
    recogniseRoutes(parts),
    dialectA(parts),
    accountRoutes(parts),
    dialectB(parts),
    dialectC(parts),
    dialectDAccounts(parts),
    dialectDVision(parts),
    ...(options.routes ?? []),
  ];
  const server = new HttpServer({
    settings,
    routes: served.map((routes) => (app) => {
      app.addHook('onRoute', ({ method, url, config }) => {
        if (config?.uploadBytes) uploads.push(`${method} ${url}`);
      });
      routes(app);
    }),
    log: silentLog,
    clock: new SystemClock(),
    ...(options.socketPath !== undefined && { socketPath: options.socketPath }),
  });
  await server.start(new AbortController().signal);
  t.after(() => server.stop());
  return { ...services, server, health, state, url: server.url, uploads };
}

export interface CurlAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Runs curl as a user does, in a folder that holds `files`. */
export async function curl(files: Record<string, Uint8Array>, ...args: string[]): Promise<CurlAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'limen-curl-'));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const { stdout } = await promisify(execFile)('curl', ['-sS', '-i', '-H', 'Expect:', ...args], {
      cwd: folder,
    });
    const cut = stdout.indexOf('\r\n\r\n');
    const [first = '', ...lines] = stdout.slice(0, cut).split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return {
      status: Number(first.split(' ')[1]),
      headers: Object.fromEntries(headers),
      body: stdout.slice(cut + 4),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A form as browsers and undici send it. */
export function form(...parts: [name: string, content: Uint8Array | string, file?: string][]): FormData {
  const data = new FormData();
  for (const [name, content, file] of parts) {
    if (typeof content === 'string' && file === undefined) data.append(name, content);
    else data.append(name, new Blob([content]), file ?? 'file');
  }
  return data;
}
