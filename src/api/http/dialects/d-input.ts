import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readForm, type Upload } from '../upload.ts';

/** Bodies as JSON, form or multipart; one of any other kind is a request without parameters. */
export function acceptBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, [...new URLSearchParams(String(body))]),
  );
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/**
 * Reads the body to its end: the named parameters, from the body or else the address, and the file. A parameter that
 * is absent, empty, given twice, or no text is undefined. None of them is ever logged.
 */
export async function readInput<N extends string>(
  request: FastifyRequest,
  names: readonly N[],
  file = '',
): Promise<{ readonly values: Readonly<Partial<Record<N, string>>>; readonly upload: Upload }> {
  const { upload, texts } = await readForm(request, file, names);
  const body = request.isMultipart() ? [...texts] : entries(request.body);
  const query = Object.entries(request.query as Record<string, unknown>);
  const values = names.flatMap((name) => {
    const inBody = body.filter(([key]) => key === name);
    const found = inBody.length > 0 ? inBody : query.filter(([key]) => key === name);
    const value = found.length === 1 ? found[0]?.[1] : undefined;
    return typeof value === 'string' && value !== '' ? [[name, value] as const] : [];
  });
  return { values: Object.fromEntries(values) as Partial<Record<N, string>>, upload };
}

function entries(body: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(body)) return body as [string, string][];
  return typeof body === 'object' && body !== null ? Object.entries(body) : [];
}
