// A daemon's connection in a process of its own, for a test to kill: argv holds the URL.
import { MqttBroker } from '../../../src/drivers/broker/mqtt-broker.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';

const broker = new MqttBroker(
  {
    url: process.argv[2] as string,
    protocol: 'auto',
    clientId: 'limen-doomed',
    will: { topic: 'limen/doomed/availability', payload: 'offline' },
  },
  { clock: new SystemClock(), log: silentLog },
);
broker.onState((state) => {
  if (state.kind !== 'connected') return;
  void broker.publish('limen/doomed/availability', 'online', { qos: 1, retain: true });
});
await broker.start(new AbortController().signal);
