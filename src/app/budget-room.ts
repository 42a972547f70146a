import { join } from 'node:path';
import type { MqttPublisher } from '../api/mqtt/publisher.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import type { Component } from '../runtime/component.ts';
import type { Health } from '../runtime/health.ts';
import { FalseAcceptBudget } from '../services/budget/false-accept-budget.ts';
import { type BudgetDocument, parseBudget } from '../services/budget/stranger-log.ts';
import { accessPolicy } from './access-options.ts';
import type { RecognitionRoom } from './recognition-room.ts';

export interface BudgetRoom {
  of(door: string): FalseAcceptBudget | undefined;
  readonly all: readonly FalseAcceptBudget[];
  /** In order of start: after recognition, before the doors' cameras. */
  readonly components: readonly Component[];
}

/** How often each door is expected to open for somebody whom it should not know. */
export function budgetRoom(
  config: Config,
  parts: {
    stateDir: string;
    recognition: RecognitionRoom;
    clock: Clock;
    log: Log;
    health: Health;
    publisher?: MqttPublisher;
  },
): BudgetRoom {
  const { stateDir, recognition, clock, log, health, publisher } = parts;
  const document = new DocumentFile<BudgetDocument>({
    path: join(stateDir, 'false-accepts.json'),
    log,
    name: 'false-accepts',
    schema: 1,
    initial: { doors: {} },
    parse: parseBudget,
    // counts that begin anew are no danger
    whenUnreadable: 'replace',
  });
  const budgets = new Map(
    config.doors.map((door) => [
      door.id,
      new FalseAcceptBudget({
        door: door.id,
        document,
        threshold: accessPolicy(door, recognition.pack, config).threshold,
        atFmr: recognition.pack.thresholds.atFmr,
        gallerySize: () => recognition.gallery.size,
        clock,
        log,
        health,
        onEstimate: (estimate) =>
          publisher?.doorState(door.id, { falseOpensPerMonth: estimate?.perMonth ?? null }),
      }),
    ]),
  );
  return {
    of: (door) => budgets.get(door),
    all: [...budgets.values()],
    components: [document, ...budgets.values()],
  };
}
