import type { TSchema } from 'typebox';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the served description says of the route beyond the schemas that validate it. */
    describe?: Description;
  }
}

/** One route in the words of whoever calls it. */
export interface Description {
  /** Heading under which it stands; one for each source document, several for the native API. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The path as its document writes it, where that differs from ours (a trailing slash). */
  readonly path?: string;
  /** Parameters that the route reads by hand, since the document has its own answer for a wrong one. */
  readonly headers?: Fields;
  readonly query?: Fields;
  /** Parts of the multipart body. */
  readonly form?: Fields;
  /** The texts of the form are also taken from JSON, an urlencoded body or the query. */
  readonly formAnyhow?: true;
  /** By status, or `default`. */
  readonly answers: Readonly<Record<string, DescribedAnswer>>;
}

type Fields = Readonly<Record<string, Field>>;

export interface Field {
  readonly description: string;
  readonly required?: boolean;
  /** The part is a file: `image` a still, `video` a still or a clip. */
  readonly file?: 'image' | 'video';
}

export interface DescribedAnswer {
  readonly description: string;
  /** The route's own response schema when absent; no body when there is neither. */
  readonly schema?: TSchema;
  /** `application/json` when absent. */
  readonly mediaType?: string;
  /** Response headers by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Each of them can be replayed: a test does. */
  readonly examples?: Readonly<Record<string, Example>>;
}

/** An exchange as it happens, with what must be so beforehand. */
export interface Example {
  readonly summary?: string;
  /**
   * Preparations, in order: `person default/anna anna.jpg` enrols from a picture, `account zoe` makes an account. An
   * empty daemon when absent.
   */
  readonly given?: readonly string[];
  readonly request?: ExampleRequest;
  /** The body that comes; absent where there is none. */
  readonly value?: unknown;
}

export interface ExampleRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Parts of a multipart body; `@anna.jpg` is a file. */
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}
