interface ErrorEntry {
  readonly retryable: boolean;
  /** What the operator does next, one sentence. */
  readonly advice: string;
}

/** Every error the daemon can show. README and tests keep in step with it. */
export const ERRORS = {
  // usage and configuration
  usage: { retryable: false, advice: 'Run `limen VERB --help`.' },
  file_unusable: {
    retryable: false,
    advice: 'Check the path and its permissions; `limen VERB --help` says which folder paths begin at.',
  },
  config_invalid: { retryable: false, advice: 'Correct the named line; `limen config check` tests it.' },
  config_unreadable: { retryable: false, advice: 'Check that the file exists and may be read by this user.' },
  bind_unsafe: {
    retryable: false,
    advice: 'Name the clients in `http.clients`, make a token, and set `http.tls` or `http.plaintext: true`.',
  },
  uri_unknown_scheme: { retryable: false, advice: 'Use one of the listed schemes.' },
  uri_invalid: { retryable: false, advice: 'Correct the URI as shown in config/example.yaml.' },
  // start
  port_in_use: { retryable: false, advice: 'Stop the other program or set `http.port`.' },
  state_locked: {
    retryable: false,
    advice: 'Another daemon uses this state directory; stop it or give this one its own with --state.',
  },
  state_unwritable: {
    retryable: false,
    advice: 'Give this user write access, or choose another directory with --state.',
  },
  store_corrupt: {
    retryable: false,
    advice: 'Nothing was changed. Restore a backup, or move the file away to start empty on purpose.',
  },
  store_fault: {
    retryable: true,
    advice: 'Check free space and the health of the disk that holds the state directory.',
  },
  store_key_missing: {
    retryable: false,
    advice:
      'Put the key back (`store.key`, or the credential `limen-store-key`), or restore a backup into an empty state directory.',
  },
  store_key_wrong: {
    retryable: false,
    advice: 'Put back the key that is named; nothing was changed, and nothing is read without it.',
  },
  store_key_unsafe: {
    retryable: false,
    advice: 'See docs/privacy.md: `store.key` is a file of mode 0600 with one line of base64, 32 bytes.',
  },
  backup_unreadable: {
    retryable: false,
    advice:
      'Nothing was changed. Check the passphrase and that the file was copied whole, or take another backup.',
  },
  // models
  pack_unknown: { retryable: false, advice: 'Set `models.pack` to one of the listed packs.' },
  pack_invalid: { retryable: false, advice: 'Reinstall Limen: a shipped manifest does not parse.' },
  model_missing: { retryable: false, advice: 'Run `limen models pull <pack>`, or set LIMEN_MODELS_PATH.' },
  model_hash_mismatch: {
    retryable: false,
    advice: 'The file is not the one that was measured; delete it and pull again, or ask the source.',
  },
  model_unreadable: {
    retryable: false,
    advice: 'Delete the file and run `limen models pull` or `limen models compile`.',
  },
  model_operator_unsupported: {
    retryable: false,
    advice: 'This TF.js model cannot be compiled; run it with `inference.runtime: tfjs`.',
  },
  model_download_failed: {
    retryable: true,
    advice: 'Check the network, or use `limen models pull --from DIR`.',
  },
  inference_provider_unavailable: {
    retryable: false,
    advice: 'Set `inference.provider: auto` or install the provider.',
  },
  inference_failed: { retryable: true, advice: 'If it repeats, run `limen models verify` and restart.' },
  package_missing: { retryable: false, advice: 'Install the named optional package.' },
  // camera and media
  camera_unavailable: {
    retryable: true,
    advice: 'Check cable, device path and permissions (group `video`).',
  },
  camera_format: {
    retryable: false,
    advice: 'Ask for a size and rate that the camera lists (v4l2-ctl --list-formats-ext).',
  },
  camera_lost: {
    retryable: true,
    advice: 'Limen keeps reopening it; check cable, power and network of the camera.',
  },
  ffmpeg_missing: { retryable: false, advice: 'Install it: apt-get install ffmpeg.' },
  image_refused: {
    retryable: false,
    advice: 'Send a JPEG, PNG, WebP or AVIF of at most 10 MB and 25 megapixels.',
  },
  // door
  relay_unavailable: {
    retryable: true,
    advice: 'Check chip, line and permissions (group `gpio`); see systemd/ for udev rules.',
  },
  relay_fault: { retryable: true, advice: 'Check the wiring; the door is to be taken as not under control.' },
  no_door: {
    retryable: false,
    advice: 'Set `door.relay` and restart the daemon; without it nothing moves.',
  },
  daemon_missing: {
    retryable: true,
    advice: 'Start it: `systemctl start limen`, or `limen run`.',
  },
  door_in_lockdown: {
    retryable: false,
    advice: 'End the lockdown first: `limen mode DOOR schedule`, or wait for the end of its schedule.',
  },
  input_unavailable: {
    retryable: true,
    advice: 'Check the wire, chip, line and permissions (group `gpio`); Limen keeps trying.',
  },
  // broker
  broker_unavailable: {
    retryable: true,
    advice: 'Check `mqtt.url`, the network and the broker; events wait on disk.',
  },
  broker_refused: { retryable: true, advice: 'Check user, password and access rules at the broker.' },
  mail_unavailable: {
    retryable: true,
    advice: 'Check `mail.url` and the mail server; what was to be sent waits for the technician.',
  },
  // requests
  bad_request: { retryable: false, advice: 'Correct the request as the message says.' },
  unauthorised: { retryable: false, advice: 'Send a token, or list this client in `http.clients`.' },
  forbidden: { retryable: false, advice: 'Use a client or token whose role allows it; see `http.clients`.' },
  not_found: { retryable: false, advice: 'List what exists first.' },
  too_large: {
    retryable: false,
    advice: 'Send less: `http.maxImageBytes` and `http.maxVideoBytes` set the limits.',
  },
  too_many_requests: {
    retryable: true,
    advice: 'Wait as long as `Retry-After` says; `http.limits` sets how much a caller may ask.',
  },
  request_stale: {
    retryable: false,
    advice:
      'Send it anew with a fresh `nonce` and an `expiresAt` at most 30 s ahead; check the clocks of both sides.',
  },
  // people
  person_exists: {
    retryable: false,
    advice: 'Remove the person first, or add the picture as a further face.',
  },
  duplicate_face: {
    retryable: false,
    advice: 'Look at the other person named; force the enrolment when both are meant to exist.',
  },
  different_face: {
    retryable: false,
    advice: 'Check that the picture shows this person; force it when it does.',
  },
  too_many_faces: { retryable: false, advice: 'Remove the person and enrol again with fewer pictures.' },
  no_face: {
    retryable: false,
    advice: 'Send a picture in which the face is seen from the front and in good light.',
  },
  several_faces: { retryable: false, advice: 'Send a picture with one person in it.' },
  low_quality: { retryable: false, advice: 'Take the picture again as the message says.' },
  busy: { retryable: true, advice: 'Try again after the given time.' },
  internal_fault: { retryable: false, advice: 'Report it with the log lines around it.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class. `message` says what happened with the values at hand; the table says what to do. */
export class LimenError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LimenError';
    this.code = code;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get advice(): string {
    return ERRORS[this.code].advice;
  }
}

/** Translates anything thrown into a LimenError; one that is already there passes unchanged. */
export function toLimenError(cause: unknown, code: ErrorCode = 'internal_fault'): LimenError {
  if (cause instanceof LimenError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new LimenError(code, message, { cause });
}
