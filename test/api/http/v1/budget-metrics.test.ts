import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsRoutes } from '../../../../src/api/http/v1/metrics.ts';
import { requestServices } from '../../../fixtures/request-services.ts';
import { serve } from '../serving.ts';

test('each door tells how often it is expected to open for a stranger, once there is an estimate', async (t) => {
  const { journal, roster, admission } = await requestServices();
  const common = {
    basis: 'site',
    strangersPerMonth: 600,
    comparisonsPerMonth: 60_000,
    strangers: 40,
  } as const;
  const budgets = [
    { door: 'front', estimate: { perMonth: 0.25, upTo: 1.5, ...common } },
    { door: 'yard', estimate: undefined },
  ];
  const routes = metricsRoutes({ journal, views: [], roster, admission, budgets });
  // under another prefix, beside the daemon's own
  const { url } = await serve(t, {
    routes: [(app) => app.register(async (scope) => routes(scope), { prefix: '/x' })],
  });
  const text = await (await fetch(`${url}/x/v1/metrics`)).text();
  assert.ok(text.includes('limen_false_opens_per_month{door="front",bound="expected"} 0.25\n'), text);
  assert.ok(text.includes('limen_false_opens_per_month{door="front",bound="upper"} 1.5\n'));
  assert.doesNotMatch(text, /yard/);
});
