import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../serving.ts';

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
};

test('health is always 200 and as bad as the worst part', async (t) => {
  const { url, health } = await serve(t);
  assert.deepEqual(await get(`${url}/v1/health`), { status: 200, body: { status: 'ok', components: {} } });
  health.report('camera:front', 'degraded', 'no frame for 12 s');
  health.report('store', 'failed', 'disk full');
  health.report('relay:front', 'ok');
  assert.deepEqual(await get(`${url}/v1/health/`), {
    status: 200,
    body: {
      status: 'failed',
      components: {
        'camera:front': { status: 'degraded', detail: 'no frame for 12 s' },
        store: { status: 'failed', detail: 'disk full' },
        'relay:front': { status: 'ok' },
      },
    },
  });
});

test('ready says yes or no by its status', async (t) => {
  const { url, state } = await serve(t);
  assert.deepEqual(await get(`${url}/v1/ready`), { status: 200, body: { ready: true } });
  state.ready = false;
  assert.deepEqual(await get(`${url}/v1/ready`), { status: 503, body: { ready: false } });
});
