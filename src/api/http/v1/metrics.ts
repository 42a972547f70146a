import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import Type from 'typebox';
import type { LimenEvent } from '../../../core/events.ts';
import type { Journal } from '../../../core/ports/journal.ts';
import type { Admission } from '../../../runtime/admission.ts';
import type { FalseAcceptBudget } from '../../../services/budget/false-accept-budget.ts';
import type { Roster } from '../../../services/enrolment/roster.ts';
import type { CameraView } from '../../../services/viewing/camera-view.ts';
import { TAG } from '../openapi/tags.ts';
import type { HttpRoutes } from '../routes.ts';

export interface MetricsParts {
  readonly journal: Journal;
  readonly views: readonly CameraView[];
  readonly roster: Roster;
  readonly admission: Pick<Admission, 'counts'>;
  /** False-accept budgets by door. */
  readonly budgets?: readonly Pick<FalseAcceptBudget, 'door' | 'estimate'>[];
}

/** Capture of the deciding frame → relay commanded, s; 0.5 is where a frame is too old to open (`deadlineMs`). */
const LATENCY_BUCKETS_S = [0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 1, 2];

/** Figures for Prometheus. No label and no figure names a person. */
export function metricsRoutes(parts: MetricsParts): HttpRoutes {
  return (app) => {
    const registry = new Registry();
    const count = countEvents(registry);
    let off: () => void = () => {};
    app.addHook('onReady', async () => {
      off = parts.journal.subscribe(count);
    });
    app.addHook('onClose', async () => off());
    measureState(registry, parts);

    app.get(
      '/v1/metrics',
      {
        config: {
          role: 'viewer',
          describe: {
            tag: TAG.system,
            summary: 'Figures for Prometheus',
            description: 'Counted since the start of the daemon. Nobody is named.',
            answers: {
              200: {
                description: 'Text exposition format 0.0.4.',
                schema: Type.String(),
                mediaType: 'text/plain',
              },
            },
          },
        },
      },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    );
  };
}

/** What is counted as it happens. */
function countEvents(registry: Registry): (event: LimenEvent) => void {
  const registers = [registry];
  const events = new Counter({
    ...{ name: 'limen_events_total', help: 'Journalled events', labelNames: ['type'], registers },
  });
  const denials = new Counter({
    ...{
      name: 'limen_access_denied_total',
      help: 'Denials by reason',
      labelNames: ['door', 'reason'],
      registers,
    },
  });
  const latency = new Histogram({
    ...{
      name: 'limen_grant_latency_seconds',
      help: 'Capture of the deciding frame to relay commanded',
      registers,
    },
    ...{ labelNames: ['door'], buckets: LATENCY_BUCKETS_S },
  });
  return ({ type, door = 'none', reason = 'none', latencyMs }) => {
    events.inc({ type });
    if (type === 'access.denied') denials.inc({ door, reason });
    if (type === 'access.granted' && latencyMs !== undefined) latency.observe({ door }, latencyMs / 1_000);
  };
}

/** What is looked up when somebody asks. */
function measureState(registry: Registry, parts: MetricsParts): void {
  const { journal, views, roster, admission, budgets = [] } = parts;
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
  };
  const perDoor = (name: string, help: string, read: (view: CameraView) => number | undefined) => {
    const made: Gauge<'door'> = new Gauge({
      ...{ name, help, labelNames: ['door'], registers: [registry] },
      collect: () => {
        made.reset();
        for (const view of views) {
          const value = read(view);
          if (value !== undefined) made.set({ door: view.door }, value);
        }
      },
    });
  };
  perDoor('limen_camera_up', '1 while the camera gives frames', ({ state }) =>
    state.state === 'ok' ? 1 : 0,
  );
  perDoor('limen_frames_captured', 'Frames captured since the start', ({ state }) => state.captured);
  perDoor('limen_frames_dropped', 'Of them, dropped for newer ones', ({ state }) => state.dropped);
  perDoor('limen_frames_processed', 'Frames recognised and decided upon', ({ state }) => state.processed);
  perDoor('limen_frame_age_seconds', 'Age of the newest processed frame', ({ state }) =>
    state.ageMs === undefined ? undefined : state.ageMs / 1_000,
  );
  const stages = new Gauge({
    ...{ name: 'limen_stage_seconds', help: 'Time spent on frames since the start, by stage' },
    ...{ labelNames: ['door', 'stage', 'part'], registers: [registry] },
    collect: () => {
      for (const { door, stageMs } of views) {
        for (const [stage, { wallMs, inferenceMs }] of stageMs) {
          stages.set({ door, stage, part: 'all' }, wallMs / 1_000);
          stages.set({ door, stage, part: 'inference' }, inferenceMs / 1_000);
        }
      }
    },
  });
  const falseOpens: Gauge<'door' | 'bound'> = new Gauge({
    ...{
      name: 'limen_false_opens_per_month',
      help: 'Times a month a door is expected to open for a stranger',
    },
    ...{ labelNames: ['door', 'bound'], registers: [registry] },
    collect: () => {
      falseOpens.reset();
      for (const { door, estimate } of budgets) {
        if (estimate === undefined) continue;
        falseOpens.set({ door, bound: 'expected' }, estimate.perMonth);
        falseOpens.set({ door, bound: 'upper' }, estimate.upTo);
      }
    },
  });
  gauge('limen_requests_running', 'Requests at work on pictures', () => admission.counts.running);
  gauge('limen_requests_waiting', 'Requests that wait for their turn', () => admission.counts.waiting);
  gauge('limen_journal_last_seq', 'Number of the newest event', () => journal.lastSeq);
  gauge('limen_journal_undelivered', 'Events that a reader such as MQTT has still to deliver', () =>
    Math.max(0, journal.lastSeq - journal.deliveredSeq),
  );
  gauge('process_resident_memory_bytes', 'Resident set size', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds', 'User and system time', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
  gauge('process_uptime_seconds', 'Since the start', () => process.uptime());
  const enrolled = new Gauge({
    ...{ name: 'limen_enrolled', help: 'People and faces in the store', labelNames: ['what'] },
    registers: [registry],
    collect: async () => {
      const galleries = await roster.galleries();
      enrolled.set(
        { what: 'people' },
        galleries.reduce((sum, { people }) => sum + people, 0),
      );
      enrolled.set(
        { what: 'faces' },
        galleries.reduce((sum, { faces }) => sum + faces, 0),
      );
    },
  });
}
