/** The headings of the served description, in the order in which it shows them. */
export const TAG = {
  a: 'A · gallery API (document 000)',
  b: 'B · verification backend (documents 001 and 002)',
  c: 'C · enrol and authenticate (document 003)',
  d: 'D · accounts and vision (document 004)',
  people: 'Native /v1 · people',
  recognition: 'Native /v1 · recognition',
  events: 'Native /v1 · events',
  doors: 'Native /v1 · doors',
  cameras: 'Native /v1 · cameras',
  accounts: 'Native /v1 · accounts',
  tokens: 'Native /v1 · tokens',
  system: 'Native /v1 · system',
} as const;

const ABOUT: Record<keyof typeof TAG, string> = {
  a: 'Galleries named in a header; every documented answer is a 200 with `status`.',
  b: '`id` and `image` as form fields; 1:1 verification.',
  c: 'An identity card enrols, a still or a clip authenticates; `DecisionReason` says why.',
  d: 'Accounts with passwords, and who, how far and which tone from a picture, also by GET with a body.',
  people: 'Who is enrolled, with which faces, and whether they may pass.',
  recognition: 'Compares and measures pictures. Nothing is kept, no door moves.',
  events: 'The journal: paged, and live as server-sent events.',
  doors: 'State of the doors. Unlocking needs a token, whoever asks.',
  cameras: 'What the cameras see, for those who set them up.',
  accounts: "The technician's side of the accounts of document 004.",
  tokens: 'Who may call from where no address is listed.',
  system: 'Health, figures and settings of the daemon.',
};

export const TAGS = Object.entries(TAG).map(([key, name]) => ({
  name,
  description: ABOUT[key as keyof typeof TAG],
}));
