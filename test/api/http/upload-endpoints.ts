import { type Agent, request } from 'node:http';
import type { OddFile } from '../../fixtures/odd-files.ts';
import { form } from './serving.ts';

export interface UploadAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly retryAfter?: string | undefined;
}

/** The statuses that may come, and a pattern of the body. */
type Expected = readonly [status: number | readonly number[], body: RegExp];

/** What an endpoint may answer, by what the file is. */
interface Expectations {
  /** A painted person 1 who is enrolled as `anna`, in the gallery `default`. */
  readonly person: Expected;
  /** Anything that decodes: one of the documented decisions. */
  readonly picture: Expected;
  readonly empty: Expected;
  readonly tooLarge: Expected;
  /** Not an accepted format, damaged, or of too many pixels. */
  readonly unreadable: Expected;
}

export interface UploadEndpoint extends Expectations {
  readonly method: string;
  /** `id` has not been used before. */
  readonly path: (id: string) => string;
  readonly headers?: (id: string) => Record<string, string>;
  readonly fields?: (id: string) => readonly [name: string, value: string][];
  readonly file: string;
  /** Takes clips as well. */
  readonly clips?: true;
  /** Its good answers change the store. */
  readonly enrols?: true;
  /** Takes the file and does not look at it. */
  readonly examines?: false;
  /** Needs an account of that name. */
  readonly account?: true;
}

const problem = (status: number | readonly number[], codes: string): Expected => [
  status,
  new RegExp(`^\\{"type":"about:blank",.*"code":"(${codes})".*\\}$`, 's'),
];
const NATIVE = {
  empty: problem(400, 'bad_request'),
  tooLarge: problem(413, 'too_large'),
  unreadable: problem([415, 422], 'image_refused'),
};

const frenchFailure = (message: string) => new RegExp(`^\\{"status":false,"message":"${message}"\\}$`);
const A = {
  file: 'image',
  picture: [[200, 400], /^\{"status":(true|false),"message":"[^"]+"(,"(name|faces)":[^}]+)?\}$/],
  empty: [400, frenchFailure('Le champ image est requis')],
  tooLarge: [413, frenchFailure('Image trop volumineuse')],
  unreadable: [400, frenchFailure('Image illisible')],
} as const;

const D = (type: string, field: string) =>
  ({
    file: field,
    empty: [400, new RegExp(`^\\{"result":"fail","type":"${type}","message":"${field} is required"\\}$`)],
    tooLarge: [413, /^\{"result":"fail","type":"[a-z_]+","message":"[^"]+"\}$/],
    unreadable: [200, /^\{"result":"fail","type":"save_image","message":"[^"]+"\}$/],
  }) as const;
const FACE = {
  ...D('face', 'face_image'),
  person: [200, /^\{"result":"success","type":"face","face":"anna"\}$/],
  picture: [200, /^\{"result":"(success|fail)","type":"face","face":"(anna)?"\}$/],
} as const;
const DISTANCE = {
  ...D('distance', 'distance_image'),
  person: [200, /^\{"result":"success","type":"distance","distance":[\d.]+\}$/],
  picture: [200, /^\{"result":"(success|fail)","type":"distance","distance":[\d.]+\}$/],
} as const;
/** Painted people have no skin. */
const TONES =
  /^\{"result":"(success|fail)","type":"personal_color","tone":"((spring|summer|autumn|winter) \w+)?"\}$/;
const TONE = {
  ...D('personal_color', 'face_image'),
  person: [200, TONES],
  picture: [200, TONES],
} as const;

const C = (reason: string) => `"DecisionReason":"${reason}"\\}$`;
const enrolment = (word: string, reason: string) =>
  new RegExp(`^\\{"trained":"${word}","EnrollStatus":"[A-Z]+",${C(reason)}`);
const authentication = (score: string, reason: string) =>
  new RegExp(`^\\{"score":${score},"Decision":"[A-Z]+",${C(reason)}`);

const at = (path: string) => () => path;

/** Every endpoint that takes a file, by method and address as they are registered. */
export const UPLOAD_ENDPOINTS: Readonly<Record<string, UploadEndpoint>> = {
  'POST /v1/people/:gallery/:id/faces': {
    ...NATIVE,
    method: 'POST',
    path: (id) => `/v1/people/default/${id}/faces?force=true`,
    file: 'image',
    enrols: true,
    person: [201, /^\{"person":\{.*\},"faceId":"1".*\}$/],
    picture: [[201, 422], /"faceId":"1"|"code":"(no_face|several_faces|low_quality)"/],
  },
  'POST /v1/verify': {
    ...NATIVE,
    method: 'POST',
    path: at('/v1/verify?id=anna'),
    file: 'image',
    clips: true,
    person: [200, /^\{"verified":true,.*"liveness":"not_assessed"\}$/],
    picture: [[200, 422], /"verified":|"code":"(no_face|several_faces|low_quality)"/],
  },
  'POST /v1/identify': {
    ...NATIVE,
    method: 'POST',
    path: at('/v1/identify'),
    file: 'image',
    person: [200, /^\{"identified":true,"person":\{"gallery":"default","id":"anna"\}.*\}$/],
    picture: [[200, 422], /"identified":|"code":"(no_face|several_faces|low_quality)"/],
  },
  'POST /v1/distance': {
    ...NATIVE,
    method: 'POST',
    path: at('/v1/distance'),
    file: 'image',
    // nor eyes that stand apart
    person: [[200, 422], /^\{"focal":\{"source":"\w+","px":\d+\},"faces":\[\{.*\}\]\}$|"code":"no_face"/],
    picture: [[200, 422], /"faces":|"code":"no_face"/],
  },
  'POST /v1/colour': {
    ...NATIVE,
    method: 'POST',
    path: at('/v1/colour'),
    file: 'image',
    // painted people have no skin
    person: [[200, 422], /^\{"tone":"\w+ \w+","confidence":"\w+"\}$|"code":"no_face"/],
    picture: [[200, 422], /^\{"tone":"\w+ \w+","confidence":"\w+"\}$|"code":"no_face"/],
  },
  'POST /api/register': {
    ...A,
    method: 'POST',
    path: at('/api/register/'),
    headers: (id) => ({ username: id, galleryname: 'odd' }),
    enrols: true,
    person: [200, /^\{"status":true,"message":"Enregistrement réussi"\}$/],
  },
  'POST /api/verify': {
    ...A,
    method: 'POST',
    path: at('/api/verify'),
    headers: () => ({ galleryname: 'default' }),
    person: [200, /^\{"status":true,"message":"Face reconnue dans le système","name":"anna"\}$/],
  },
  'POST /api/remove': {
    ...A,
    method: 'POST',
    path: at('/api/remove'),
    headers: (id) => ({ username: id, galleryname: 'default' }),
    person: [200, frenchFailure('Face non reconnue dans le système')],
  },
  'POST /register': {
    method: 'POST',
    path: at('/register/'),
    fields: (id) => [['id', id]],
    file: 'image',
    enrols: true,
    person: [201, /^\{"message":"Data inserted successfully"\}$/],
    picture: [[201, 400], /^\{"(message|error)":"[^"]+"\}$/],
    empty: [400, /^\{"error":"ID and image are required"\}$/],
    tooLarge: [413, /^\{"error":"[^"]+"\}$/],
    unreadable: [400, /^\{"error":"[^"]+"\}$/],
  },
  'DELETE /register': {
    method: 'DELETE',
    examines: false,
    path: at('/register/'),
    fields: (id) => [['id', id]],
    file: 'image',
    person: [404, /^\{"error":"User not found"\}$/],
    picture: [404, /^\{"error":"User not found"\}$/],
    empty: [404, /^\{"error":"User not found"\}$/],
    tooLarge: [413, /^\{"error":"[^"]+"\}$/],
    unreadable: [404, /^\{"error":"User not found"\}$/],
  },
  'POST /verify': {
    method: 'POST',
    path: at('/verify/'),
    fields: () => [['id', 'anna']],
    file: 'image',
    person: [200, /^\{"message":"Image received successfully!","recognition":"anna","verified":true\}$/],
    picture: [
      [200, 400],
      /^\{("message":"[^"]+","recognition":"\w+"|"error":"[^"]+"),"verified":(true|false)\}$/,
    ],
    empty: [400, /^\{"error":"Image and ID are required","verified":false\}$/],
    tooLarge: [413, /^\{"error":"[^"]+","verified":false\}$/],
    unreadable: [400, /^\{"error":"[^"]+","verified":false\}$/],
  },
  'POST /api/enroll': {
    method: 'POST',
    path: (id) => `/api/enroll?username=${id}`,
    file: 'cin_file',
    enrols: true,
    person: [200, enrolment('success', 'ENROLLED_AS_USER')],
    picture: [200, enrolment('(success|failed)', '(ENROLLED_AS_USER|NO_FACE_DETECTED)')],
    empty: [400, enrolment('failed', 'EMPTY_CIN_FILE')],
    tooLarge: [413, enrolment('failed', 'UNREADABLE_CIN_FILE')],
    unreadable: [200, enrolment('failed', 'UNREADABLE_CIN_FILE')],
  },
  'POST /api/authentificate': {
    method: 'POST',
    path: at('/api/authentificate?username=anna'),
    file: 'auth_video',
    clips: true,
    person: [200, authentication('[\\d.]+', 'AUTHENTIFICATION_SUCCESS')],
    picture: [
      200,
      authentication(
        '(null|[\\d.]+)',
        '(AUTHENTIFICATION_SUCCESS|FACE_MISMATCH|NO_FACE_DETECTED|LIVENESS_FAILED)',
      ),
    ],
    empty: [400, authentication('null', 'EMPTY_AUTH_VIDEO')],
    tooLarge: [413, authentication('null', 'UNREADABLE_AUTH_VIDEO')],
    unreadable: [200, authentication('null', 'UNREADABLE_AUTH_VIDEO')],
  },
  'POST /register/face': {
    ...D('register_face', 'face_image'),
    method: 'POST',
    path: at('/register/face'),
    fields: (id) => [['username', id]],
    account: true,
    enrols: true,
    person: [200, /^\{"result":"success","type":"register_face"\}$/],
    picture: [200, /^\{"result":"(success|fail)","type":"register_face"(,"message":"[^"]+")?\}$/],
  },
  'GET /face': { ...FACE, method: 'GET', path: at('/face') },
  'POST /face': { ...FACE, method: 'POST', path: at('/face') },
  'GET /distance': { ...DISTANCE, method: 'GET', path: at('/distance') },
  'POST /distance': { ...DISTANCE, method: 'POST', path: at('/distance') },
  'GET /personal_color': { ...TONE, method: 'GET', path: at('/personal_color') },
  'POST /personal_color': { ...TONE, method: 'POST', path: at('/personal_color') },
};

/**
 * Sends a file as that endpoint's clients do, with a body on GET where the document has it. `agent` keeps connections:
 * on one that is to be closed, what was refused early would be lost with the rest of the body.
 */
export async function upload(
  server: { readonly url: string; readonly agent: Agent },
  endpoint: UploadEndpoint,
  file: Pick<OddFile, 'name' | 'bytes'>,
  id: string,
): Promise<UploadAnswer> {
  const { method, path, headers, fields } = endpoint;
  const encoded = new Response(form(...(fields?.(id) ?? []), [endpoint.file, file.bytes, file.name]));
  const body = Buffer.from(await encoded.arrayBuffer());
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path(id), {
      method,
      headers: {
        ...headers?.(id),
        'content-type': encoded.headers.get('content-type') ?? '',
        'content-length': body.length,
      },
      agent: server.agent,
    });
    let answered = false;
    sent.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    // refused before all of the body was read: the answer is there although the sending failed
    sent.on('error', (cause) => answered || reject(cause));
    sent.end(body);
  });
}

/** The answer that this file must get. */
export function expectedOf(endpoint: UploadEndpoint, { outcome }: Pick<OddFile, 'outcome'>): Expected {
  switch (outcome) {
    case 'person':
    case 'picture':
    case 'empty':
      return endpoint[outcome];
    case 'too_many_bytes':
      return endpoint.tooLarge;
    default:
      return endpoint.unreadable;
  }
}
