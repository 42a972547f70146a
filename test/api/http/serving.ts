import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { RequestLimits } from '../../../src/api/http/limits.ts';
import type { HttpRoutes } from '../../../src/api/http/routes.ts';
import { HttpServer } from '../../../src/api/http/server.ts';
import type { HttpSettings, TimeBounds } from '../../../src/api/http/settings.ts';
import { webRoutes } from '../../../src/app/web-room.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Person } from '../../../src/core/person.ts';
import type { PeopleStore } from '../../../src/core/ports/store.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import type { CameraView } from '../../../src/services/viewing/camera-view.ts';
import type { RecordingJournal } from '../../fixtures/recording-journal.ts';
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
  readonly limits?: RequestLimits;
  readonly views?: readonly CameraView[];
  readonly bounds?: TimeBounds;
}

/** The whole HTTP side on a free port, closed with the test. */
export async function serve(t: TestContext, options: ServingOptions = {}) {
  const settings = { ...SETTINGS, ...options.settings };
  const services = await requestServices({ maxBytes: settings.maxImageBytes, ...options });
  const health = new Health();
  const state = { ready: true };
  const uploads: string[] = [];
  const http = { ...settings, defaultGallery: 'default' } as Config['http'];
  const { accounts, access, doors, journal, clock, keeping } = services;
  const { views = [] } = options;
  const ready = () => state.ready;
  const parts = {
    requests: services,
    keeping,
    accounts,
    access,
    doors,
    health,
    journal,
    views,
    clock,
    ready,
  };
  const listed: string[] = [];
  const groups = [...webRoutes({ http }, parts), ...(options.routes ?? [])];
  const server = new HttpServer({
    settings,
    routes: groups.map((routes) => (app) => {
      app.addHook('onRoute', ({ method, url, config }) => {
        if (method !== 'HEAD') listed.push(`${method} ${url}`);
        if (config?.uploadBytes) uploads.push(`${method} ${url}`);
      });
      routes(app);
    }),
    access,
    ...(options.limits && { limits: options.limits }),
    ...(options.bounds && { bounds: options.bounds }),
    log: silentLog,
    clock: new SystemClock(),
    ...(options.socketPath !== undefined && { socketPath: options.socketPath }),
  });
  await server.start(new AbortController().signal);
  t.after(() => server.stop());
  return { ...services, server, health, state, url: server.url, uploads, listed };
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

/** That a request left everybody as before, and told of nothing but verifications. */
export async function assertNothingChanged(seen: {
  readonly store: PeopleStore;
  readonly journal: RecordingJournal;
  /** The people, and the number of events, as they stood before it. */
  readonly before: readonly Person[];
  readonly events: number;
}): Promise<void> {
  assert.deepEqual(await seen.store.list(), seen.before, 'the store is as it was');
  const added = seen.journal.events.slice(seen.events).map(({ type }) => type);
  assert.ok(
    added.every((type) => type.startsWith('verification.')),
    added.join(),
  );
}
