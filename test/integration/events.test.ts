import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import { encodeJpeg, plainImage } from '../../src/drivers/media/image-edit.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { callHttp } from './house.ts';
import { BIN, limen, ndjson } from './limen.ts';

test('limen events: from a running daemon, as it happens, and from the files afterwards', async (t) => {
  const directory = scratch();
  const state = join(directory, 'state');
  await mkdir(state, { mode: 0o700 });
  const asked = async (...args: string[]) => {
    const { code, stdout, stderr } = await limen(['events', '--state', state, ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.equal(await asked('--json'), '', 'a journal that is not there is empty');
  assert.deepEqual((await readdir(state)).includes('journal'), false);

  const config = [
    'http: { port: 0 }',
    'mqtt: { embeddedPort: 0 }',
    `camera: 'stills://${directory}/none'`,
    'inference: { provider: cpu }',
  ];
  const daemon = await Daemon.start(t, { directory, state, config });
  const started = ndjson<LimenEvent>(await asked('--json', '--type', 'daemon.*'));
  assert.deepEqual(
    started.map(({ type }) => type),
    ['daemon.started'],
  );
  assert.equal(await asked('--json', '--type', 'daemon.*', '--until', '2020-01-01'), '');

  const follower = spawn(process.execPath, [BIN, 'events', '--state', state, '--json', '--follow'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
  });
  const closed = once(follower, 'close');
  t.after(async () => {
    follower.kill('SIGKILL');
    await closed;
  });
  const seen: LimenEvent[] = [];
  const grey = await encodeJpeg(plainImage(320, 240, [90, 90, 90]));
  for await (const line of createInterface({ input: follower.stdout })) {
    const event = JSON.parse(line) as LimenEvent;
    seen.push(event);
    if (event.type === 'daemon.started') await callHttp(daemon.url, 'POST', '/v1/identify', grey);
    if (event.type === 'verification.failed') break;
  }
  assert.equal(seen.at(-1)?.reason, 'no_face');
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    seen.map((_, i) => (seen[0] as LimenEvent).seq + i),
  );
  follower.kill('SIGTERM');
  await closed;

  assert.equal(await daemon.end('SIGTERM'), 0);
  const after = ndjson<LimenEvent>(await asked('--json'));
  assert.equal(after.at(-1)?.type, 'daemon.stopping');
  assert.match(await asked('--csv', '--type', 'verification.failed'), /\r\n\d+,[^,]+,verification\.failed,/);
  const { code, stderr } = await limen(['events', '--state', state, '--follow']);
  assert.equal(code, 1);
  assert.match(stderr, /no daemon runs/);
});
