import type { EventType } from '../../core/events.ts';
import type { PersonRef } from '../../core/person.ts';
import type { Role } from '../../core/role.ts';
import type { CommandedMode } from '../../services/door/door-modes.ts';
import type { Output } from './output.ts';

/** What a verb may use of the world. */
export interface Io {
  /** Results. With `--json` nothing but JSON: one document, or one a line from streams. */
  readonly stdout: Output;
  /** Logs, progress and errors. */
  readonly stderr: Output;
  /** Aborts on SIGINT and SIGTERM, and when nobody reads stdout any more. A verb then ends in order. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What every verb takes. */
export interface CommonArgs {
  /** `--config`; the other places are searched when absent. */
  readonly config?: string;
  /** `--state`. */
  readonly state?: string;
  /** `--pack`: goes before `models.pack`. */
  readonly pack?: string;
  readonly json: boolean;
}

export interface WatchArgs extends CommonArgs {
  /** Camera URI; the configured cameras when absent. */
  readonly source?: string;
  /** Ends with the source instead of beginning again. */
  readonly once: boolean;
  /** False: lossless, the source waits for the pipeline and is its clock. */
  readonly realtime: boolean;
  /** Prints what each stage took. */
  readonly stats: boolean;
}

export interface EnrollArgs extends CommonArgs {
  readonly person: PersonRef;
  /** Paths, at least one where no camera is named. */
  readonly images: readonly string[];
  /** A door: whoever stands before its camera. */
  readonly camera?: string;
  readonly name?: string;
  /** Enrols although the face is known under another id. */
  readonly force: boolean;
}

export interface ImportArgs extends CommonArgs {
  /** A folder of pictures, or a CSV list of them. */
  readonly source: string;
  /** Of whoever stands in none; the default gallery when absent. */
  readonly gallery?: string;
  /** Adds the pictures of people who are enrolled already. */
  readonly add: boolean;
  /** Enrols although the face is known under another id. */
  readonly force: boolean;
  /** Says what would happen, and changes nothing. */
  readonly dryRun: boolean;
  /** CSV file to write what became of every picture. */
  readonly report?: string;
}

export interface BenchArgs extends CommonArgs {
  /** How long each pack is measured. */
  readonly seconds: number;
}

export interface EventsArgs extends CommonArgs {
  /** As typed: a duration back from now, a day, or RFC 3339. */
  readonly since?: string;
  readonly until?: string;
  /** All when empty. */
  readonly types: readonly EventType[];
  readonly door?: string;
  readonly person?: PersonRef;
  readonly follow: boolean;
  readonly csv: boolean;
  /** Follows the chain of administrative entries instead of printing events. */
  readonly verify: boolean;
}

export interface CalibrateArgs extends CommonArgs {
  /** From lens to eyes, by tape. */
  readonly metres: number;
  /** Whose camera; the only one when absent. */
  readonly door?: string;
  /** Between the pupils of who stands there; the mean of adults when absent. */
  readonly ipdMm?: number;
}

export interface IdentifyArgs extends CommonArgs {
  /** Paths, at least one. */
  readonly images: readonly string[];
}

/** What labelled pictures are asked; paths as they were typed. */
export type EvaluationTask =
  | {
      readonly kind: 'pairs';
      /** CSV with the columns file_a, file_b, same (1 or 0), source. */
      readonly pairs: string;
      /** Directory that the files are named from. */
      readonly root: string;
      /** Where the drawing goes. */
      readonly plot?: string;
    }
  | {
      readonly kind: 'gallery';
      /** Directories of DIR/PERSON/picture. */
      readonly gallery: string;
      readonly probes: string;
      /** Strangers who look into the camera in a day. */
      readonly visitsPerDay: number;
    }
  /** Directory with `live`, `print` and `screen`. */
  | { readonly kind: 'liveness'; readonly directory: string }
  /** `truth`: CSV with the columns file, metres. */
  | { readonly kind: 'distance'; readonly directory: string; readonly truth?: string }
  /** CSV with the columns file, n_faces. */
  | { readonly kind: 'faces'; readonly index: string; readonly root: string };

export interface EvaluateArgs extends CommonArgs {
  readonly task: EvaluationTask;
  /** Forgets what an interrupted run has kept. */
  readonly fresh: boolean;
}

export interface PeopleArgs extends CommonArgs {
  readonly gallery?: string;
}

export interface RemoveArgs extends CommonArgs {
  readonly person: PersonRef;
}

export interface TokenCreateArgs extends CommonArgs {
  /** Made up when absent. */
  readonly name?: string;
  readonly role: Role;
  /** As typed: a duration from now, a day, or RFC 3339. */
  readonly expires?: string;
}

export interface TokenRevokeArgs extends CommonArgs {
  /** Its id, or its name. */
  readonly token: string;
}

export interface BackupArgs extends CommonArgs {
  readonly file: string;
  /** File whose first line is the passphrase. */
  readonly passphraseFile?: string;
  /** Overwrites an existing file. */
  readonly force: boolean;
}

export interface RestoreArgs extends CommonArgs {
  readonly file: string;
  readonly passphraseFile?: string;
}

export interface ExportArgs extends CommonArgs {
  readonly person: PersonRef;
}

export interface PullArgs extends CommonArgs {
  /** A directory or URL to take the files from instead of their public sources. */
  readonly from?: string;
}

export interface ModeArgs extends CommonArgs {
  /** Shows the modes of all doors when absent. */
  readonly set?: {
    readonly door: string;
    readonly mode: CommandedMode;
    /** Seconds; until the next command when absent. */
    readonly forS?: number;
  };
}

export interface RelayOffArgs extends CommonArgs {
  /** Relays; every configured one when empty. */
  readonly uris: readonly string[];
}

/**
 * What can be asked for. Each resolves to the exit code: 0 done, 1 failed. An error is thrown as `LimenError`,
 * printed by `main`, and gives 2 when it is about usage or configuration, else 1.
 */
export interface Verbs {
  run(args: CommonArgs, io: Io): Promise<number>;
  demo(args: CommonArgs, io: Io): Promise<number>;
  watch(args: WatchArgs, io: Io): Promise<number>;
  enroll(args: EnrollArgs, io: Io): Promise<number>;
  import(args: ImportArgs, io: Io): Promise<number>;
  identify(args: IdentifyArgs, io: Io): Promise<number>;
  people(args: PeopleArgs, io: Io): Promise<number>;
  remove(args: RemoveArgs, io: Io): Promise<number>;
  evaluate(args: EvaluateArgs, io: Io): Promise<number>;
  calibrateDistance(args: CalibrateArgs, io: Io): Promise<number>;
  events(args: EventsArgs, io: Io): Promise<number>;
  bench(args: BenchArgs, io: Io): Promise<number>;
  doctor(args: CommonArgs, io: Io): Promise<number>;
  modelsList(args: CommonArgs, io: Io): Promise<number>;
  modelsCompile(args: CommonArgs, io: Io): Promise<number>;
  modelsPull(args: PullArgs, io: Io): Promise<number>;
  modelsVerify(args: CommonArgs, io: Io): Promise<number>;
  tokenCreate(args: TokenCreateArgs, io: Io): Promise<number>;
  tokenList(args: CommonArgs, io: Io): Promise<number>;
  tokenRevoke(args: TokenRevokeArgs, io: Io): Promise<number>;
  keyRotate(args: CommonArgs, io: Io): Promise<number>;
  backup(args: BackupArgs, io: Io): Promise<number>;
  restore(args: RestoreArgs, io: Io): Promise<number>;
  export(args: ExportArgs, io: Io): Promise<number>;
  mode(args: ModeArgs, io: Io): Promise<number>;
  relayOff(args: RelayOffArgs, io: Io): Promise<number>;
  configCheck(args: CommonArgs, io: Io): Promise<number>;
  configPrint(args: CommonArgs, io: Io): Promise<number>;
  configSchema(args: CommonArgs, io: Io): Promise<number>;
}

/** A verb with its arguments, ready to be carried out. */
export type Invocation = {
  [V in keyof Verbs]: { readonly verb: V; readonly args: Parameters<Verbs[V]>[0] };
}[keyof Verbs];
