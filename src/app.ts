import { accountRoom, accountsDocument } from './app/account-room.ts';
import { budgetRoom } from './app/budget-room.ts';
import { socketOf } from './app/desk/state-holder.ts';
import { doorFittings } from './app/door-fittings.ts';
import { doorRoom } from './app/door-room.ts';
import { erasureRoom } from './app/erasure-room.ts';
import { Herald } from './app/herald.ts';
import { journalRoom } from './app/journal-room.ts';
import { keepingRoom } from './app/keeping-room.ts';
import { liveRoom } from './app/live-room.ts';
import { mediaRoom } from './app/media-room.ts';
import { siteModels } from './app/models.ts';
import { mqttRequestRoom } from './app/mqtt-request-room.ts';
import { mqttRoom } from './app/mqtt-room.ts';
import { RecognitionRoom } from './app/recognition-room.ts';
import { requestRoom } from './app/request-room.ts';
import { tokenRoom } from './app/token-room.ts';
import { webRoom } from './app/web-room.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './core/ports/clock.ts';
import type { Log } from './core/ports/log.ts';
import { cameraFor } from './drivers/camera/camera-for.ts';
import { loadPack } from './drivers/inference/packs/load-pack.ts';
import type { OnModelProgress } from './drivers/inference/packs/model-progress.ts';
import { openInferenceRuntime } from './drivers/inference/runtimes.ts';
import { relayFor } from './drivers/relay/schemes.ts';
import { PeopleVault } from './drivers/store/people-vault.ts';
import { StateLock } from './drivers/store/state-lock.ts';
import { Lifecycle } from './runtime/component.ts';
import { Health } from './runtime/health.ts';
import { JointProgress } from './runtime/joint-progress.ts';
import { DoorCommands } from './services/door/door-commands.ts';
import { facesHoweverTurned } from './services/enrolment/upright.ts';
import { ModelChange } from './services/model-change/model-change.ts';

export interface HouseOptions {
  readonly config: Config;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onModelProgress?: OnModelProgress;
  /** Called when every door's watch has moved on: food for a watchdog. */
  readonly onProgress?: () => void;
}

/**
 * The whole house: every component of the daemon, made by hand and in the order in which it starts. Nothing runs
 * before `lifecycle.start`. @throws LimenError for what stops a start before anything is opened
 */
export async function buildHouse(options: HouseOptions) {
  const { config, stateDir, env, clock, log, onModelProgress, onProgress = () => {} } = options;
  const pack = await loadPack(config.models.pack);
  const health = new Health();
  const shared = { clock, log, health };
  const media = mediaRoom({ config, clock, runtimeDir: env.RUNTIME_DIRECTORY ?? stateDir });

  const lock = new StateLock({ directory: stateDir, log });
  const people = new PeopleVault({ stateDir, credentialsDir: env.CREDENTIALS_DIRECTORY, log });
  const journal = journalRoom(config, {
    stateDir,
    clock,
    log,
    onFault: (fault) => health.report('journal', fault ? 'degraded' : 'ok', fault?.message),
  });
  const recognition = new RecognitionRoom({
    pack,
    resolve: siteModels(pack, { config, stateDir, env, log, onProgress: onModelProgress }),
    openRuntime: () => openInferenceRuntime(config.inference, log),
    people,
    uploadHfovDeg: config.vision.uploadHfovDeg,
    log,
    health,
  });
  const document = accountsDocument(stateDir, log);
  const stored = { stateDir, people, journal, clock, log };
  const { eraser, components: erasure } = erasureRoom({ ...stored, accounts: document });
  const { accounts, components: accountDocuments } = accountRoom(config, { ...stored, document, eraser });
  const { components: tokenParts, ...access } = tokenRoom(config, { stateDir, journal, clock, log });
  const { pictures } = people;
  const requests = requestRoom(config, { ...stored, pictures, eraser, recognition, media, accounts });
  const { analyser } = recognition;
  const modelChange = new ModelChange({
    store: people,
    pictures,
    decoder: media.images,
    modelId: analyser.modelId,
    facesOf: (image, signal) => facesHoweverTurned(analyser, image, { embed: 'largest', signal }),
    log,
    health,
  });
  const onRestored = () => modelChange.restart();
  const keeping = keepingRoom(config, { ...stored, accounts: document, onRestored });
  const mqtt = mqttRoom(config, { stateDir, journal, ...shared });
  const progress = new JointProgress(
    config.doors.map((door) => door.id),
    onProgress,
  );
  const live = liveRoom(config, { stateDir, recognition, requests, media, clock, log });
  const budgets = budgetRoom(config, { stateDir, recognition, publisher: mqtt.publisher, ...shared });
  const doors = config.doors.map((door) =>
    doorRoom({
      config: door,
      site: config,
      camera: cameraFor(door.camera, { ...media, clock, log }),
      relay: door.relay === undefined ? undefined : relayFor(door.relay, clock, mqtt.broker),
      recognition,
      people,
      journal,
      publisher: mqtt.publisher,
      encoder: media.encoder,
      budget: budgets.of(door.id),
      live,
      onProgress: () => progress.report(door.id),
      ...shared,
    }),
  );
  const locks = doors.map(({ door }) => door);
  const fittings = doorFittings(config, locks, { stateDir, broker: mqtt.broker, journal, ...shared });
  const commands = new DoorCommands({ doors: locks, journal, modes: fittings.modes });
  const http = webRoom(config, {
    requests,
    keeping,
    accounts,
    access,
    limits: access.limits,
    doors: commands,
    live,
    budgets: budgets.all,
    health,
    journal,
    views: doors.flatMap(({ view }) => view ?? []),
    ready: () => lifecycle.running,
    socketPath: socketOf({ stateDir }),
    clock,
    log,
  });

  const lifecycle: Lifecycle = new Lifecycle(
    [
      lock,
      people,
      journal,
      ...accountDocuments,
      live.document,
      ...erasure,
      ...tokenParts,
      recognition,
      modelChange,
      ...locks,
      ...fittings.components,
      http,
      ...mqtt.components,
      ...budgets.components,
      new Herald(journal, doors),
      ...mqttRequestRoom(config, { stateDir, mqtt, requests, doors: commands, ...access, ...shared }),
      ...doors.map(({ watch }) => watch),
    ],
    log,
  );
  return {
    lifecycle,
    clock,
    health,
    journal,
    people,
    recognition,
    requests,
    modelChange,
    tokens: access.tokens,
    mqtt,
    doors,
    http,
  };
}

export type House = Awaited<ReturnType<typeof buildHouse>>;
