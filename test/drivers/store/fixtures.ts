import type { Person } from '../../../src/core/person.ts';
import type { Log } from '../../../src/core/ports/log.ts';

/** A made-up person; the same `id` and `seed` give the same embedding. */
export function person(
  id: string,
  options: { seed?: number; length?: number; gallery?: string } = {},
): Person {
  const { seed = 1, length = 8, gallery = 'default' } = options;
  const embedding = Float32Array.from({ length }, (_, i) => Math.sin(seed * 7.3 + i * 1.7 + id.length));
  return {
    gallery,
    id,
    name: `Name of ${id}`,
    createdAt: '2026-01-02T03:04:05Z',
    enabled: true,
    faces: [
      {
        faceId: '1',
        modelId: 'made-up@1',
        embedding,
        quality: 0.75,
        liveness: 'not_assessed',
        createdAt: '2026-01-02T03:04:05Z',
      },
    ],
  };
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A log that remembers. */
export function recordingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine['level']) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, fields, message });
  };
  const log = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}
