import type { Description } from './description.ts';
import { TAG } from './tags.ts';

export const V1_SYSTEM = {
  health: {
    tag: TAG.system,
    summary: 'How the parts of the daemon are',
    description: 'Always 200 while anybody answers. Details are for callers with a role.',
    answers: { 200: { description: '`ok`, `degraded` or `failed`, and each part.' } },
  },
  ready: {
    tag: TAG.system,
    summary: 'Whether the start is complete',
    answers: {
      200: { description: 'It is.', examples: { ready: { value: { ready: true } } } },
      503: { description: 'Starting or ending.' },
    },
  },
} satisfies Record<string, Description>;
