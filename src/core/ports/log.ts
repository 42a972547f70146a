type LogMethod = (fields: Record<string, unknown>, message: string) => void;

/** Structured log; `fields` never hold secrets, embeddings or pictures. */
export interface Log {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child(bindings: Record<string, unknown>): Log;
}
