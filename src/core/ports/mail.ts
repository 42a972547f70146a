export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** Hands mail to a server. Resolves once the server has accepted it; nothing is kept for a later attempt. */
export interface Mailer {
  /** Bounded in time. @throws LimenError `mail_unavailable` */
  send(mail: Mail): Promise<void>;
}
