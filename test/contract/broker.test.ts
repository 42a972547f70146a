import { EmbeddedBroker } from '../../src/drivers/broker/embedded-broker.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { Health } from '../../src/runtime/health.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { freePort, startMosquitto, withoutMosquitto } from '../drivers/broker/mosquitto.ts';
import { type BrokerBackend, brokerContract } from './broker.ts';

async function embedded(): Promise<BrokerBackend> {
  const port = await freePort();
  const parts = { clock: new SystemClock(), log: silentLog, health: new Health() };
  let broker = new EmbeddedBroker({ port }, parts);
  await broker.start(new AbortController().signal);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    kill: () => broker.stop(),
    start: async () => {
      broker = new EmbeddedBroker({ port }, parts);
      await broker.start(new AbortController().signal);
    },
    close: () => broker.stop(),
  };
}

async function mosquitto(): Promise<BrokerBackend> {
  const broker = await startMosquitto();
  return { ...broker, url: `mqtt://127.0.0.1:${broker.port}` };
}

brokerContract('the embedded broker, version agreed', { protocol: 'auto' }, embedded);
brokerContract('mosquitto, MQTT 5', { protocol: '5' }, mosquitto, withoutMosquitto);
brokerContract('mosquitto, MQTT 3.1.1', { protocol: '3.1.1' }, mosquitto, withoutMosquitto);
