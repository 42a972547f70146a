import { STATUS_CODES } from 'node:http';
import { ERRORS, type ErrorCode, LimenError } from '../../core/errors.ts';

/** What went wrong with a request, before a dialect gives it its own shape. */
export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterS?: number;
  /** Further members of the native answer, such as the other person of a duplicate. */
  readonly members?: Readonly<Record<string, unknown>>;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  person_exists: 409,
  duplicate_face: 409,
  different_face: 409,
  too_many_faces: 409,
  too_large: 413,
  image_refused: 415,
  no_face: 422,
  several_faces: 422,
  low_quality: 422,
  no_door: 409,
  door_in_lockdown: 409,
  too_many_requests: 429,
  busy: 503,
  relay_fault: 503,
};

/** For refusals that cannot say when there will be room. */
const RETRY_AFTER_S = 2;

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  401: 'unauthorised',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'too_many_requests',
};

export function problem(code: ErrorCode, detail: string, more: Partial<Problem> = {}): Problem {
  return {
    status: STATUS[code] ?? 500,
    code,
    detail,
    ...(code === 'busy' && { retryAfterS: RETRY_AFTER_S }),
    ...more,
  };
}

/** Anything thrown on the way to an answer. What is nobody's fault but ours says nothing of our insides. */
export function problemOf(error: unknown): Problem {
  if (error instanceof LimenError) return problem(error.code, error.message);
  const { statusCode, message } = (error ?? {}) as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const code = CODE_OF_STATUS[statusCode] ?? 'bad_request';
    return { status: statusCode, code, detail: String(message) };
  }
  return problem('internal_fault', 'the request failed inside the daemon; its log tells more');
}

/** RFC 9457, with the error table's code and advice. */
export function problemBody(of: Problem, requestId?: string): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: STATUS_CODES[of.status] ?? 'Error',
    status: of.status,
    detail: of.detail,
    code: of.code,
    advice: ERRORS[of.code].advice,
    ...of.members,
    ...(requestId !== undefined && { requestId }),
  };
}
