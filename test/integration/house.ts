import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildHouse, type House } from '../../src/app.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { LimenEvent } from '../../src/core/events.ts';
import type { RgbImage } from '../../src/core/image.ts';
import { encodeJpeg } from '../../src/drivers/media/image-edit.ts';
import { MemoryRelay } from '../../src/drivers/relay/memory.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { Observer } from '../drivers/broker/observer.ts';
import { scratch } from '../fixtures/scratch.ts';

/** A folder that a `stills:` camera looks at; it shows one picture until the next is put up. */
export class Scene {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(directory: string, name: string, picture: RgbImage): Promise<Scene> {
    const scene = new Scene(join(directory, name));
    await mkdir(scene.folder);
    await scene.show(picture);
    return scene;
  }

  /** In one step: the camera reads either picture whole. */
  async show(picture: RgbImage): Promise<void> {
    const next = join(this.folder, '.next');
    await writeFile(next, await encodeJpeg(picture, 92));
    await rename(next, join(this.folder, 'now.jpg'));
  }

  get uri(): string {
    return `stills://${encodeURI(this.folder)}?intervalMs=50&loop=1`;
  }
}

/** What every house here has in common; patient with a machine that does other things as well. */
export function commonConfig(modelsDir: string): string[] {
  return [
    'device: test',
    'access: { deadlineMs: 5000, denialRepeatMs: 200, distanceM: [0, 5] }',
    'inference: { provider: cpu }',
    `models: { dir: ${JSON.stringify(modelsDir)} }`,
    'http: { port: 0, limits: { requestsPerMinute: 100000 } }',
  ];
}

/** The daemon in this process, started; everything it journals is written down. */
export class RunningHouse {
  readonly house: House;
  readonly stateDir: string;
  readonly events: LimenEvent[] = [];
  readonly #looks = new Set<() => void>();

  private constructor(house: House, stateDir: string) {
    this.house = house;
    this.stateDir = stateDir;
    house.journal.subscribe((event) => {
      this.events.push(event);
      for (const look of this.#looks) look();
    });
  }

  /** `stateOf`: goes on with the state directory of one that has stopped. */
  static async start(t: TestContext, yaml: readonly string[], stateOf?: RunningHouse): Promise<RunningHouse> {
    const stateDir = stateOf?.stateDir ?? join(scratch(), 'state');
    const result = parseConfig(yaml.join('\n'), { hostname: 'test' });
    if (!result.ok) throw new TypeError(result.problems.map(({ message }) => message).join('; '));
    const parts = { config: result.config, stateDir, env: {}, clock: new SystemClock(), log: silentLog };
    const running = new RunningHouse(await buildHouse(parts), stateDir);
    t.after(() => running.house.lifecycle.stop());
    await running.house.lifecycle.start(new AbortController().signal);
    return running;
  }

  /** The first event, of those after `afterSeq`, for which `test` holds; waits for it. */
  event(test: (event: LimenEvent) => boolean, afterSeq = 0): Promise<LimenEvent> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.events.find((event) => event.seq > afterSeq && test(event));
        if (found === undefined) return;
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Newest so far. */
  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  relay(door = 'front'): MemoryRelay {
    const relay = this.house.doors.find((room) => room.door.id === door)?.relay;
    if (!(relay instanceof MemoryRelay)) throw new TypeError(`${door} has no memory relay`);
    return relay;
  }

  /** A client of the embedded broker that hears everything from now on. */
  async listener(t: TestContext): Promise<Observer> {
    const observer = await Observer.connect(this.house.mqtt.embedded?.url ?? '');
    t.after(() => observer.close());
    return observer;
  }

  async http(method: string, path: string, image?: Uint8Array): Promise<{ status: number; body: unknown }> {
    return callHttp(this.house.http.url, method, path, image);
  }
}

/** One request; `image` goes along as the multipart file of that name. */
export async function callHttp(
  url: string,
  method: string,
  path: string,
  image?: Uint8Array,
): Promise<{ status: number; body: unknown }> {
  const form = image && new FormData();
  form?.set('image', new Blob([new Uint8Array(image as Uint8Array)]), 'image.jpg');
  const response = await fetch(url + path, { method, ...(form && { body: form }) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
