import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NonceMemory, type NoncesDocument, parseNonces } from '../api/mqtt/requests/nonce-memory.ts';
import { MqttRequests } from '../api/mqtt/requests/requests.ts';
import { MAX_AHEAD_MS } from '../api/mqtt/requests/schemas.ts';
import { verbHandlers } from '../api/mqtt/requests/verb-handlers.ts';
import type { Config } from '../config/config.ts';
import { toLimenError } from '../core/errors.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import { previousPath } from '../drivers/store/durable-file.ts';
import type { Component } from '../runtime/component.ts';
import type { Health } from '../runtime/health.ts';
import type { DoorCommands } from '../services/door/door-commands.ts';
import type { FailedTokens } from '../services/tokens/failed-tokens.ts';
import type { Tokens } from '../services/tokens/tokens.ts';
import type { MqttRoom } from './mqtt-room.ts';
import type { RequestRoom } from './request-room.ts';

/** What the building may ask of us over MQTT. In order of start, after the connection and everything it asks for. */
export function mqttRequestRoom(
  config: Config,
  parts: {
    stateDir: string;
    mqtt: Pick<MqttRoom, 'broker' | 'topics'>;
    requests: RequestRoom;
    doors: DoorCommands;
    tokens: Tokens;
    failedTokens: FailedTokens;
    health: Health;
    clock: Clock;
    log: Log;
  },
): readonly Component[] {
  const { mqtt, http } = config;
  const { stateDir, clock, log, requests, doors, health, tokens, failedTokens } = parts;
  const document = noncesDocument(stateDir, clock, log);
  const { verbs, trustBroker } = mqtt;
  const desk = new MqttRequests(
    { doors: config.doors.map((door) => door.id), verbs, trustBroker },
    {
      ...parts.mqtt,
      tokens,
      failedTokens,
      nonces: new NonceMemory({ document: document.file, clock }),
      handlers: verbHandlers({ ...requests, doors, health, defaultGallery: http.defaultGallery }),
      clock,
      log,
    },
  );
  return [document, desk];
}

/**
 * The commands that have been here. When the file cannot be read the daemon starts all the same, and refuses
 * whatever may have been in it: every command that could have been sent before now.
 */
export function noncesDocument(
  stateDir: string,
  clock: Clock,
  log: Log,
): Component & { readonly file: DocumentFile<NoncesDocument> } {
  const path = join(stateDir, 'mqtt-nonces.json');
  const initial: NoncesDocument = { nonces: {} };
  const file = new DocumentFile({ path, log, name: 'mqtt-nonces', schema: 1, initial, parse: parseNonces });
  return {
    name: 'mqtt nonces',
    file,
    start: async () => {
      try {
        await file.start();
      } catch (cause) {
        const error = toLimenError(cause);
        if (error.code !== 'store_corrupt') throw error;
        log.error({ cause: error.message }, 'commands over MQTT are refused for 30 s');
        await rename(path, `${path}.unreadable`).catch(() => undefined);
        await rm(previousPath(path), { force: true });
        await file.start();
        const forgottenTo = new Date(clock.wall().getTime() + MAX_AHEAD_MS).toISOString();
        await file.update(() => ({ nonces: {}, forgottenTo }));
      }
    },
    stop: () => file.stop(),
  };
}
