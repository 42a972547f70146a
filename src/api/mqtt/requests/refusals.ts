import { LimenError } from '../../../core/errors.ts';
import { formatPersonRef, type PersonRef } from '../../../core/person.ts';
import type { CommandRefusal, ModeOutcome } from '../../../services/door/door-commands.ts';
import type { EnrolRefusal } from '../../../services/enrolment/outcome.ts';
import type { ProbeProblem } from '../../../services/verification/outcome.ts';
import type { ClaimRefusal } from './nonce-memory.ts';

/** Why a door did not move. */
export function doorRefusal({ kind }: CommandRefusal, door: string): LimenError {
  switch (kind) {
    case 'not_found':
      return new LimenError('not_found', `there is no door ${door}`);
    case 'no_relay':
      return new LimenError('no_door', `NO DOOR CONNECTED: ${door} has no relay, nothing moved`);
    case 'lockdown':
      return new LimenError('door_in_lockdown', `${door} is in lockdown, nothing moved`);
    case 'busy':
      return new LimenError('busy', `${door} is starting, ending, or has too many commands waiting`);
    case 'fault':
      return new LimenError('relay_fault', `the relay of ${door} did not obey`);
  }
}

/** Why a door's mode is as it was. */
export function modeRefusal({ kind }: Exclude<ModeOutcome, { kind: 'set' }>, door: string): LimenError {
  return kind === 'endless'
    ? new LimenError('bad_request', '`schedule` takes no time: it is what every mode falls back to')
    : new LimenError('not_found', `there is no door ${door}`);
}

/** Why a picture could not be compared. */
export function probeRefusal(outcome: ProbeProblem): LimenError {
  switch (outcome.kind) {
    case 'unreadable':
      return new LimenError(
        outcome.refusal === 'too_many_bytes' ? 'too_large' : 'image_refused',
        outcome.detail,
      );
    case 'no_face':
      return new LimenError('no_face', 'no face was found in the picture');
    case 'several_faces':
      return new LimenError('several_faces', `${outcome.count} faces were found in the picture`);
    case 'low_quality':
      return new LimenError('low_quality', 'the face is too dark, too small, blurred or turned away');
    case 'busy':
      return new LimenError(
        'busy',
        `too many pictures are being examined; again in ${outcome.retryAfterS} s`,
      );
  }
}

/** Why somebody was not enrolled. */
export function enrolRefusal(outcome: EnrolRefusal, person: PersonRef): LimenError {
  switch (outcome.kind) {
    case 'exists':
      return new LimenError('person_exists', `${formatPersonRef(person)} is already enrolled`);
    case 'low_quality':
      return new LimenError('low_quality', outcome.advice.join('; '));
    case 'duplicate_face':
      return new LimenError('duplicate_face', `the face is enrolled as ${formatPersonRef(outcome.other)}`);
    case 'different_face':
      return new LimenError('different_face', `the picture does not show ${formatPersonRef(person)}`);
    case 'too_many_faces':
      return new LimenError('too_many_faces', `${formatPersonRef(person)} has ${outcome.limit} faces`);
    default:
      return probeRefusal(outcome);
  }
}

/** Why a command was not acted upon: it is too old, comes too early, or has been here. */
export function claimRefusal(claim: ClaimRefusal): LimenError {
  switch (claim.kind) {
    case 'replayed':
      return new LimenError(
        'request_stale',
        'a request with this nonce has been here; nothing was done again',
      );
    case 'expired':
      return new LimenError('request_stale', `it expired ${claim.byMs} ms ago by this machine's clock`);
    case 'too_far_ahead':
      return new LimenError(
        'request_stale',
        `its expiresAt lies ${claim.byMs} ms beyond the 30 s allowed, by this machine's clock`,
      );
    case 'clock_set_back':
      return new LimenError(
        'request_stale',
        `this machine's clock was set back: what expires before ${claim.forgottenTo} may have been here`,
      );
    case 'full':
      return new LimenError('busy', 'too many requests of the last 30 s have to be remembered');
  }
}
