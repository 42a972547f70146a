import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { FfmpegClipDecoder } from '../../../src/drivers/media/clip-decoder.ts';
import { FfmpegProgram } from '../../../src/drivers/media/ffmpeg-program.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { picture } from '../../fixtures/coloured-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { encodeClip, noFfmpeg } from './odd-clips.ts';
import { serve } from './serving.ts';

/** Where the documents say that the server is. */
const ADDRESS = 'http://127.0.0.1:5000';
const SEEDS = resolve('../shared/seeds');
const noCurl = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

/** What somebody with the document beside the terminal types, and what must come back. */
type Line = readonly [line: string, status: number, body: string | RegExp];

const A_NO_FACE = `{"status":false,"message":"Aucune face detect&eacute; dans l'image"}`;
const A_SEVERAL =
  `{"status":false,"message":"Plusieurs faces ont &eacute;t&eacute; detect&eacute; dans l'image. ` +
  `Veuillez vous assurer d'etre seul dans l'image.","faces":3}`;
const A_UNKNOWN = '{"status":false,"message":"Face non reconnue dans le système"}';
const B_INSERTED = '{"message":"Data inserted successfully"}';
const C_ENROLLED = '{"trained":"success","EnrollStatus":"APPROVED","DecisionReason":"ENROLLED_AS_USER"}';
const C_SCORE =
  /^\{"score":(0\.\d{1,4}|1),"Decision":"APPROVED","DecisionReason":"AUTHENTIFICATION_SUCCESS"\}$/;
const D_DONE = (type: string) => `{"result":"success","type":"${type}"}`;

/** By the beginning of the document's file name; each is one session, in this order. */
const DOCUMENTS: Readonly<Record<string, readonly Line[]>> = {
  '000': [
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@test-user.png '${ADDRESS}/api/register/'`,
      200,
      '{"status":true,"message":"Enregistrement réussi"}',
    ],
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@test-user.png '${ADDRESS}/api/register/'`,
      200,
      '{"status":false,"message":"ce subjet id est deja enregistre"}',
    ],
    [
      `curl -X POST -H 'username: John' -H 'galleryname: test' -F image=@nobody.png '${ADDRESS}/api/register/'`,
      200,
      A_NO_FACE,
    ],
    [
      `curl -X POST -H 'username: John' -H 'galleryname: test' -F image=@three.png '${ADDRESS}/api/register/'`,
      200,
      A_SEVERAL,
    ],
    [
      `curl -X POST -F image=@test-user.png '${ADDRESS}/api/verify'`,
      200,
      '{"status":true,"message":"Face reconnue dans le système","name":"Test User"}',
    ],
    [`curl -X POST -F image=@stranger.png '${ADDRESS}/api/verify'`, 200, A_UNKNOWN],
    [`curl -X POST -F image=@nobody.png '${ADDRESS}/api/verify'`, 200, A_NO_FACE],
    [`curl -X POST -F image=@three.png '${ADDRESS}/api/verify'`, 200, A_SEVERAL],
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@stranger.png '${ADDRESS}/api/remove'`,
      200,
      A_UNKNOWN,
    ],
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@nobody.png '${ADDRESS}/api/remove'`,
      200,
      A_NO_FACE,
    ],
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@three.png '${ADDRESS}/api/remove'`,
      200,
      A_SEVERAL,
    ],
    [
      `curl -X POST -H 'username: Test User' -H 'galleryname: test' -F image=@test-user.png '${ADDRESS}/api/remove'`,
      200,
      '{"message":"subject id Test User has been successfully removed","status":true}',
    ],
  ],
  '001': [
    [`curl -X POST -F id=user1 -F image=@test-user.png '${ADDRESS}/register/'`, 201, B_INSERTED],
    [
      `curl -X POST -F id=user1 -F image=@test-user.png '${ADDRESS}/register/'`,
      409,
      '{"error":"User already exists"}',
    ],
    [`curl -X POST -F id=user1 '${ADDRESS}/register/'`, 400, '{"error":"ID and image are required"}'],
    [
      `curl -X POST -F id=user1 -F image=@test-user.png '${ADDRESS}/verify/'`,
      200,
      '{"message":"Image received successfully!","recognition":"user1","verified":true}',
    ],
    [
      `curl -X POST -F id=user2 -F image=@test-user.png '${ADDRESS}/verify/'`,
      400,
      '{"error":"Invalid User","verified":false}',
    ],
    [
      `curl -X POST -F id=user1 '${ADDRESS}/verify/'`,
      400,
      '{"error":"Image and ID are required","verified":false}',
    ],
    [`curl -X DELETE '${ADDRESS}/register/'`, 400, '{"error":"ID is required"}'],
    [`curl -X DELETE -F id=user2 '${ADDRESS}/register/'`, 404, '{"error":"User not found"}'],
    [
      `curl -X DELETE -H 'Prefer: return=representation' -F id=user1 '${ADDRESS}/register/'`,
      200,
      '{"message":"Data deleted successfully","files_deleted":["default/user1#1"]}',
    ],
  ],
  '002': [
    [`curl -X POST -F id=user1 -F image=@test-user.png '${ADDRESS}/register/'`, 201, B_INSERTED],
    [`curl -X POST -F id=user2 -F image=@stranger.png '${ADDRESS}/register/'`, 201, B_INSERTED],
    [
      `curl '${ADDRESS}/register/'`,
      200,
      /^\{"message":"Hello, world!","data":\[\{"id":"user1","timestamp":"[\dT:-]{19}"\},\{"id":"user2","timestamp":"[\dT:-]{19}"\}\]\}$/,
    ],
    [
      `curl -X POST -F id=user1 -F image=@stranger.png '${ADDRESS}/verify/'`,
      200,
      '{"message":"Image received successfully!","recognition":"user2","verified":false}',
    ],
    [`curl -X DELETE -F id=user1 '${ADDRESS}/register/'`, 204, ''],
  ],
  '003': [
    [`curl -X POST -F cin_file=@brahim.jpeg '${ADDRESS}/api/enroll?username=brahim'`, 200, C_ENROLLED],
    [
      `curl -X POST -F cin_file=@brahim.jpeg '${ADDRESS}/api/enroll?username=brahim'`,
      200,
      '{"trained":"failed","EnrollStatus":"REJECTED","DecisionReason":"DUPLICATE_USERNAME"}',
    ],
    [`curl -X POST -F auth_video=@brahim.mp4 '${ADDRESS}/api/authentificate?username=brahim'`, 200, C_SCORE],
    [`curl -X POST -F auth_video=@brahim.jpeg '${ADDRESS}/api/authentificate?username=brahim'`, 200, C_SCORE],
    [
      `curl -X POST -F auth_video=@stranger.png '${ADDRESS}/api/authentificate?username=brahim'`,
      200,
      '{"score":null,"Decision":"REJECTED","DecisionReason":"FACE_MISMATCH"}',
    ],
    [`curl -X POST '${ADDRESS}/api/reset'`, 200, '{"code":200,"msg":"DONE"}'],
    [
      `curl -X POST -F auth_video=@brahim.mp4 '${ADDRESS}/api/authentificate?username=brahim'`,
      200,
      '{"score":null,"Decision":"REJECTED","DecisionReason":"UNKNOWN_USERNAME"}',
    ],
  ],
  '004': [
    [
      `curl -X POST -d username=anna -d password=correcthorse -d email=anna@example.com '${ADDRESS}/register/user'`,
      200,
      D_DONE('register_user'),
    ],
    [
      `curl -X POST -d username=anna -d password=correcthorse -d email=anna@example.com '${ADDRESS}/register/user'`,
      200,
      '{"result":"fail","message":"exist user"}',
    ],
    [`curl -X POST -d username=anna -d password=correcthorse '${ADDRESS}/login'`, 200, D_DONE('login')],
    [
      `curl -X POST -d username=anna -d password=wrong '${ADDRESS}/login'`,
      200,
      '{"result":"fail","type":"login","message":"Please check your username or password"}',
    ],
    [
      `curl -X POST -d username=nobody -d email=x@example.com '${ADDRESS}/reset_password'`,
      200,
      '{"result":"fail","type":"reset_password","message":"Not Found User"}',
    ],
    [
      `curl -X POST -d username=anna -d email=anna@example.com '${ADDRESS}/reset_password'`,
      200,
      /^\{"result":"success","type":"reset_password","message":"[^"]+"\}$/,
    ],
    [
      `curl -X POST -F username=anna -F face_image=@test-user.png '${ADDRESS}/register/face'`,
      200,
      D_DONE('register_face'),
    ],
    [
      `curl -X POST -F username=anna -F face_image=@text.txt '${ADDRESS}/register/face'`,
      200,
      /^\{"result":"fail","type":"save_image","message":"[^"]+"\}$/,
    ],
    [
      `curl -X GET -F face_image=@test-user.png '${ADDRESS}/face'`,
      200,
      '{"result":"success","type":"face","face":"anna"}',
    ],
    [
      `curl -X GET -F face_image=@text.txt '${ADDRESS}/face'`,
      200,
      /^\{"result":"fail","type":"save_image","message":"[^"]+"\}$/,
    ],
    [
      `curl -X GET -F distance_image=@test-user.png '${ADDRESS}/distance'`,
      200,
      /^\{"result":"success","type":"distance","distance":0\.\d{1,2}\}$/,
    ],
    [
      `curl -X GET -F distance_image=@nobody.png '${ADDRESS}/distance'`,
      200,
      '{"result":"fail","type":"distance","distance":0}',
    ],
    [
      `curl -X GET -F distance_image=@text.txt '${ADDRESS}/distance'`,
      200,
      /^\{"result":"fail","type":"save_image","message":"[^"]+"\}$/,
    ],
    [
      `curl -X GET -F face_image=@nobody.png '${ADDRESS}/personal_color'`,
      200,
      '{"result":"fail","type":"personal_color","tone":""}',
    ],
    [
      `curl -X GET -F face_image=@text.txt '${ADDRESS}/personal_color'`,
      200,
      /^\{"result":"fail","type":"save_image","message":"[^"]+"\}$/,
    ],
  ],
};

/** A folder with the files that the lines name, and curl told to print the head of the answer as well. */
async function workplace(): Promise<string> {
  const folder = scratch();
  const still = await picture({ person: 7 });
  const files: Record<string, Uint8Array | string> = {
    'test-user.png': await picture({ person: 1 }),
    'stranger.png': await picture({ person: 2 }),
    'nobody.png': await picture(),
    'three.png': await picture({ person: 1 }, { person: 2 }, { person: 3 }),
    'text.txt': 'this is no picture',
    'brahim.jpeg': still,
    // a still that is called a video works as well
    'brahim.mp4': noFfmpeg ? still : encodeClip(folder, 'made.mp4', { frames: 10 }),
    '.curlrc': 'silent\nshow-error\ninclude\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Runs the line in a shell, the address alone replaced. */
async function type(line: string, url: string, folder: string): Promise<{ status: number; body: string }> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line.replace(ADDRESS, url)], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', CURL_HOME: folder, HOME: folder },
  });
  // an upload may be preceded by `100 Continue`
  const answers = stdout.split(/^(?=HTTP\/1\.1 \d{3})/m);
  const last = answers.at(-1) ?? '';
  return { status: Number(last.split(' ')[1]), body: last.slice(last.indexOf('\r\n\r\n') + 4) };
}

for (const [document, lines] of Object.entries(DOCUMENTS)) {
  test(`document ${document}: its requests as curl lines`, { skip: noCurl }, async (t) => {
    const folder = await workplace();
    const clock = new SystemClock();
    const program = new FfmpegProgram({ clock });
    const clips = new FfmpegClipDecoder({ program, clock, runtimeDir: folder });
    const { url } = await serve(t, { clips });
    for (const [line, status, body] of lines) {
      const answer = await type(line, url, folder);
      assert.equal(answer.status, status, `${line}\n${answer.body}`);
      if (typeof body === 'string') assert.equal(answer.body, body, line);
      else assert.match(answer.body, body, line);
    }
  });
}

test('every curl line and every endpoint of the documents is among them', {
  skip: existsSync(SEEDS) ? false : 'no ../shared/seeds here',
}, () => {
  for (const name of readdirSync(SEEDS)) {
    const text = readFileSync(join(SEEDS, name), 'utf8');
    const lines = (DOCUMENTS[name.slice(0, 3)] ?? []).map(([line]) => line);
    assert.ok(lines.length > 0, `${name} has no lines`);
    for (const [line] of text.matchAll(/^curl .*$/gm)) assert.ok(lines.includes(line.trim()), line);
    const plain = [...text.matchAll(/^(GET|POST|DELETE) (\/\S*)$/gm)];
    const listed = [...text.matchAll(/\*\*URL:\*\* `(\/\S*)`\s+- \*\*Method:\*\* `(\w+)`/g)];
    const wanted = [...plain.map(([, m, path]) => [m, path]), ...listed.map(([, path, m]) => [m, path])];
    assert.ok(wanted.length > 0 || /^curl /m.test(text), `nothing was found in ${name}`);
    for (const [method, path] of wanted) {
      const told = lines.some(
        (line) =>
          line.includes(`${ADDRESS}${path}'`) &&
          (line.includes(`-X ${method} `) || (method === 'GET' && !line.includes('-X '))),
      );
      assert.ok(told, `${name}: ${method} ${path} has no line`);
    }
  }
});
