import { NonceMemory, type NoncesDocument } from '../../../../src/api/mqtt/requests/nonce-memory.ts';
import { MqttRequests, type MqttRequestsOptions } from '../../../../src/api/mqtt/requests/requests.ts';
import { verbHandlers } from '../../../../src/api/mqtt/requests/verb-handlers.ts';
import { lastWill } from '../../../../src/api/mqtt/state.ts';
import { Topics } from '../../../../src/api/mqtt/topics.ts';
import type { Broker } from '../../../../src/core/ports/broker.ts';
import type { DocumentStore } from '../../../../src/core/ports/store.ts';
import { REQUEST_VERB_NAMES } from '../../../../src/core/request-verbs.ts';
import { MqttBroker } from '../../../../src/drivers/broker/mqtt-broker.ts';
import { MemoryDocument } from '../../../../src/drivers/store/memory-document.ts';
import { ManualClock, SystemClock } from '../../../../src/runtime/clock.ts';
import { Health } from '../../../../src/runtime/health.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { requestServices } from '../../../fixtures/request-services.ts';

export const topics = new Topics({ prefix: 'limen', device: 'box' });
/** What the wall clock shows at the start of every test. */
export const EPOCH = new Date('2030-01-01T00:00:00Z');
export const inSeconds = (seconds: number, from = EPOCH) =>
  new Date(from.getTime() + seconds * 1_000).toISOString();

type Services = Awaited<ReturnType<typeof requestServices>>;

export interface DeskOptions extends Partial<MqttRequestsOptions> {
  readonly clock?: ManualClock;
  readonly document?: DocumentStore<NoncesDocument>;
  readonly services?: Services;
  readonly topics?: Topics;
}

/** The requests' desk over a connection of the test's. */
export async function makeDesk(broker: Broker, options: DeskOptions = {}) {
  const clock = options.clock ?? new ManualClock({ epoch: EPOCH, synced: true });
  const document = options.document ?? new MemoryDocument<NoncesDocument>({ nonces: {} });
  const services = options.services ?? (await requestServices());
  const health = new Health();
  health.report('camera front', 'ok');
  const desk = new MqttRequests(
    { doors: ['front'], verbs: REQUEST_VERB_NAMES, trustBroker: true, ...options },
    {
      broker,
      topics: options.topics ?? topics,
      ...services.access,
      nonces: new NonceMemory({ document, clock }),
      handlers: verbHandlers({ ...services, health, defaultGallery: 'default' }),
      clock,
      log: silentLog,
    },
  );
  await desk.start(new AbortController().signal);
  const unlocks = () => services.journal.events.filter(({ type }) => type === 'door.unlocked').length;
  return { desk, clock, document, services, health, unlocks };
}

/** A connection as the daemon makes it. */
export function connection(url: string, protocol: '5' | '3.1.1'): MqttBroker {
  return new MqttBroker(
    {
      url,
      protocol,
      clientId: 'limen-box',
      will: lastWill(topics),
      backoff: { firstMs: 10, maxMs: 50 },
    },
    { clock: new SystemClock(), log: silentLog },
  );
}
