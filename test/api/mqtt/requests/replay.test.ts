import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EmbeddedBroker } from '../../../../src/drivers/broker/embedded-broker.ts';
import { SystemClock } from '../../../../src/runtime/clock.ts';
import { Health } from '../../../../src/runtime/health.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { startMosquitto, withoutMosquitto } from '../../../drivers/broker/mosquitto.ts';
import { connected, disconnected } from '../../../drivers/broker/observer.ts';
import { startTcpProxy } from '../../../drivers/broker/tcp-proxy.ts';
import { Asker, nonce } from './asker.ts';
import { connection, inSeconds, makeDesk } from './request-desk.ts';

const { signal } = new AbortController();

interface Backend {
  readonly port: number;
  close(): Promise<void>;
}

async function aedes(): Promise<Backend> {
  const parts = { clock: new SystemClock(), log: silentLog, health: new Health() };
  const broker = new EmbeddedBroker({ port: 0 }, parts);
  await broker.start(signal);
  return { port: Number(new URL(broker.url as string).port), close: () => broker.stop() };
}

const BACKENDS = [
  { name: 'the embedded broker, MQTT 3.1.1', protocol: '3.1.1', start: aedes, skip: false },
  { name: 'mosquitto, MQTT 3.1.1', protocol: '3.1.1', start: () => startMosquitto(), skip: withoutMosquitto },
  { name: 'mosquitto, MQTT 5', protocol: '5', start: () => startMosquitto(), skip: withoutMosquitto },
] as const;

for (const { name, protocol, start, skip } of BACKENDS) {
  describe(`commands over ${name}`, { skip }, () => {
    /** Daemon behind a cable that can be pulled; the building's side is connected directly. */
    async function withDoor(
      body: (door: Awaited<ReturnType<typeof makeDesk>> & Tools) => Promise<void>,
      before: (asker: Asker) => Promise<void> = async () => {},
    ): Promise<void> {
      const backend = await start();
      const proxy = await startTcpProxy(backend.port);
      const broker = connection(proxy.url, protocol);
      const door = await makeDesk(broker);
      const asker = await Asker.connect(`mqtt://127.0.0.1:${backend.port}`, protocol);
      await before(asker);
      await broker.start(signal);
      await asker.reach();
      const reconnect = async () => {
        proxy.cut();
        await disconnected(broker);
        await connected(broker);
        // answered after whatever the broker had for us on this connection
        await asker.reach();
      };
      try {
        await body({ ...door, asker, reconnect });
      } finally {
        await door.desk.stop();
        await broker.stop();
        await asker.close();
        proxy.close();
        await backend.close();
      }
    }

    interface Tools {
      readonly asker: Asker;
      reconnect(): Promise<void>;
    }

    test('a retained command that waits at the broker never acts, at no connection', () =>
      withDoor(
        async ({ asker, unlocks, reconnect }) => {
          await asker.answer(({ transaction }) => transaction === 'kept');
          for (let round = 0; round < 3; round++) await reconnect();
          const answers = asker.answers.filter(({ transaction }) => transaction === 'kept');
          assert.ok(answers.length >= 4);
          for (const { error } of answers)
            assert.match(error?.message ?? '', /retained requests are refused/);
          assert.equal(unlocks(), 0);
          await asker.send('unlock', '', true);
        },
        (asker) => {
          const kept = { transaction: 'kept', nonce: nonce(), expiresAt: inSeconds(20) };
          return asker.send('unlock', JSON.stringify(kept), true);
        },
      ));

    test('one that is sent as retained while we listen acts at most once', () =>
      withDoor(async ({ asker, unlocks, reconnect }) => {
        const live = { transaction: 'live', nonce: nonce(), expiresAt: inSeconds(20) };
        await asker.send('unlock', JSON.stringify(live), true);
        const first = await asker.answer(({ transaction }) => transaction === 'live');
        // MQTT 3.1.1 hides the flag from whoever is subscribed already: that copy is an ordinary command
        assert.equal(first.status, protocol === '5' ? 'error' : 'ok');
        for (let round = 0; round < 3; round++) await reconnect();
        assert.equal(unlocks(), protocol === '5' ? 0 : 1);
        await asker.send('unlock', '', true);
      }));

    test('the same command again acts once, however often it comes and over every reconnect', () =>
      withDoor(async ({ asker, unlocks, reconnect, document }) => {
        const command = { nonce: nonce(), expiresAt: inSeconds(20) };
        const [first, second] = await Promise.all([
          asker.ask('unlock', command),
          asker.ask('unlock', command),
        ]);
        assert.deepEqual([first.status, second.status].sort(), ['error', 'ok']);
        for (let round = 0; round < 3; round++) {
          await reconnect();
          const again = await asker.ask('unlock', command);
          assert.equal(again.error?.code, 'request_stale');
        }
        assert.equal(unlocks(), 1);
        assert.deepEqual(Object.keys(document.value.nonces), [command.nonce]);
      }));

    test('a command that is late, or comes from a clock that is wrong, does not act', () =>
      withDoor(async ({ asker, unlocks, clock }) => {
        const send = (expiresAt: string) => asker.ask('unlock', { nonce: nonce(), expiresAt });
        for (const [expiresAt, message] of [
          [inSeconds(0), /expired 0 ms ago/],
          [inSeconds(-3_600), /expired 3600000 ms ago/],
          [inSeconds(31), /1000 ms beyond the 30 s/],
          [inSeconds(3_600), /beyond the 30 s/],
          ['2030-13-41T99:00:00Z', /no date/],
        ] as const) {
          const answer = await send(expiresAt);
          assert.equal(answer.status, 'error', expiresAt);
          assert.match(answer.error?.message ?? '', message);
        }
        assert.equal(unlocks(), 0);
        assert.equal((await send(inSeconds(30))).status, 'ok');
        clock.advance(10_000);
        assert.equal((await send(inSeconds(5))).error?.code, 'request_stale');
        assert.equal(unlocks(), 1);
      }));
  });
}
