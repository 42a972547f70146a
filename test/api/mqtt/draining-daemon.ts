// Journal, connection and publisher in a process of their own, for a test to kill: argv holds URL, directory and the
// number of events to append when the journal is empty.
import { MqttPublisher } from '../../../src/api/mqtt/publisher.ts';
import { lastWill } from '../../../src/api/mqtt/state.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import { MqttBroker } from '../../../src/drivers/broker/mqtt-broker.ts';
import { JournalLog } from '../../../src/drivers/store/journal-log.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';

const [url, directory, count] = process.argv.slice(2) as [string, string, string];
const clock = new SystemClock();
const log = silentLog;
const journal = new JournalLog({ directory, device: 'box', clock, log, keepDays: 30 });
await journal.start();
while (journal.lastSeq < Number(count)) journal.append({ type: 'face.unknown', door: 'front' });
await journal.flush();
const topics = new Topics({ prefix: 'limen', device: 'box' });
const broker = new MqttBroker(
  {
    url,
    protocol: 'auto',
    clientId: 'limen-box',
    will: lastWill(topics),
    backoff: { firstMs: 10, maxMs: 50 },
  },
  { clock, log },
);
const publisher = new MqttPublisher(
  { doors: ['front'], facesHz: 5 },
  { broker, journal, topics, clock, log, health: new Health() },
);
const { signal } = new AbortController();
await broker.start(signal);
await publisher.start(signal);
