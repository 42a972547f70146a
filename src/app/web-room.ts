import { dialectA } from '../api/http/dialects/a-gallery.ts';
import { dialectB } from '../api/http/dialects/b-verification.ts';
import { dialectC } from '../api/http/dialects/c-enroll.ts';
import { dialectDAccounts } from '../api/http/dialects/d-accounts.ts';
import { dialectDVision } from '../api/http/dialects/d-vision.ts';
import type { RequestLimits } from '../api/http/limits.ts';
import type { HttpRoutes } from '../api/http/routes.ts';
import { HttpServer } from '../api/http/server.ts';
import { accountRoutes } from '../api/http/v1/accounts.ts';
import { backupRoutes } from '../api/http/v1/backup.ts';
import { calibrationRoutes } from '../api/http/v1/calibration.ts';
import { cameraRoutes } from '../api/http/v1/cameras.ts';
import { configRoutes } from '../api/http/v1/config.ts';
import { doorRoutes } from '../api/http/v1/doors.ts';
import { eventRoutes } from '../api/http/v1/events.ts';
import { exportRoutes } from '../api/http/v1/export.ts';
import { faceRoutes } from '../api/http/v1/faces.ts';
import { healthRoutes } from '../api/http/v1/health.ts';
import type { Keeping } from '../api/http/v1/keeping.ts';
import { keyRoutes } from '../api/http/v1/keys.ts';
import { measureRoutes } from '../api/http/v1/measure.ts';
import { metricsRoutes } from '../api/http/v1/metrics.ts';
import { peopleRoutes } from '../api/http/v1/people.ts';
import { recogniseRoutes } from '../api/http/v1/recognise.ts';
import { tokenRoutes } from '../api/http/v1/tokens.ts';
import type { Config } from '../config/config.ts';
import { unsafeBind } from '../config/http.ts';
import { printableConfig } from '../config/print.ts';
import { LimenError } from '../core/errors.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import type { Health } from '../runtime/health.ts';
import type { Accounts } from '../services/accounts/accounts.ts';
import type { FalseAcceptBudget } from '../services/budget/false-accept-budget.ts';
import type { DoorCommands } from '../services/door/door-commands.ts';
import { EventFeed } from '../services/journal/event-feed.ts';
import { EventHistory } from '../services/journal/event-history.ts';
import type { CameraView } from '../services/viewing/camera-view.ts';
import type { LiveRoom } from './live-room.ts';
import type { RequestRoom } from './request-room.ts';
import type { TokenRoom } from './token-room.ts';

export interface WebParts {
  readonly requests: RequestRoom;
  readonly keeping: Keeping;
  readonly accounts: Accounts;
  readonly access: Pick<TokenRoom, 'tokens' | 'failedTokens'>;
  readonly doors: DoorCommands;
  readonly health: Health;
  readonly journal: Journal;
  readonly views: readonly CameraView[];
  readonly budgets?: readonly FalseAcceptBudget[];
  readonly live?: Pick<LiveRoom, 'calibration' | 'enrolment'>;
  /** The configuration in force, without its secrets. */
  readonly settings?: Record<string, unknown>;
  readonly clock: Clock;
  ready(): boolean;
}

/** Every address of the daemon, one line for each group of them. */
export function webRoutes({ http }: Pick<Config, 'http'>, parts: WebParts): readonly HttpRoutes[] {
  const { accounts, access, doors, health, journal, views, live, budgets, clock, ready } = parts;
  const { enrolment, enrolOnce, roster, verification, measurement, admission } = parts.requests;
  return [
    healthRoutes({ health, ready }),
    eventRoutes({ history: new EventHistory(journal), feed: new EventFeed(journal), clock }),
    doorRoutes({ doors }),
    cameraRoutes({ views, clock }),
    metricsRoutes({ journal, views, roster, admission, ...(budgets && { budgets }) }),
    configRoutes({ settings: parts.settings ?? {} }),
    measureRoutes({ measurement, views, ...http }),
    calibrationRoutes({ ...live }),
    tokenRoutes(access),
    keyRoutes(parts),
    backupRoutes(parts),
    exportRoutes(parts),
    peopleRoutes({ enrolment, roster }),
    faceRoutes({
      enrolment,
      enrolOnce,
      roster,
      ...(live?.enrolment && { live: live.enrolment }),
      maxImageBytes: http.maxImageBytes,
    }),
    recogniseRoutes({ verification, ...http }),
    dialectA({ enrolment, verification, ...http }),
    accountRoutes({ accounts }),
    dialectB({ enrolment, verification, ...http }),
    dialectC({ enrolment, verification, ...http }),
    dialectDAccounts({ accounts, enrolment, ...http }),
    dialectDVision({ verification, measurement, ...http }),
  ];
}

/** The server of all of it. @throws LimenError `bind_unsafe` */
export function webRoom(
  config: Config,
  parts: WebParts & { limits: RequestLimits; socketPath: string; log: Log },
): HttpServer {
  const { http } = config;
  const unsafe = unsafeBind(http, true); // whether there is a token is seen once their file is open
  if (unsafe !== undefined) throw new LimenError('bind_unsafe', unsafe);
  return new HttpServer({
    ...parts,
    settings: http,
    routes: webRoutes(config, { ...parts, settings: printableConfig(config) }),
  });
}
