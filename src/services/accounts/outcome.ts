interface Busy {
  readonly kind: 'busy';
  readonly retryAfterS: number;
}
/** `detail` says what is wrong with the username, the email or the password. */
interface Invalid {
  readonly kind: 'invalid';
  readonly detail: string;
}

export type RegisterOutcome =
  | { readonly kind: 'registered' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'full'; readonly limit: number }
  | Invalid
  | Busy;

/** A failure never says why. */
export type LoginOutcome = { readonly kind: 'success' } | { readonly kind: 'failure' } | Busy;

export type ResetOutcome =
  | { readonly kind: 'mailed' }
  /** A technician finds it in the list of accounts. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'too_many'; readonly limit: number; readonly retryAfterS: number }
  | Busy;

export type SetPasswordOutcome = { readonly kind: 'set' } | { readonly kind: 'not_found' } | Invalid | Busy;

/** An account as a technician may see it. */
export interface AccountView {
  readonly id: string;
  readonly email: string;
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  readonly locked: boolean;
  /** False once a one-time password has been used and nobody has set a new one. */
  readonly hasPassword: boolean;
  readonly reset?: {
    readonly requestedAt: string;
    readonly expiresAt: string;
    /** For the technician to hand over, when it was not mailed. Never on disk: gone after a restart. */
    readonly oneTimePassword?: string;
  };
}
