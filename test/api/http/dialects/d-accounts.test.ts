import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { curl, form, type ServingOptions, serve } from '../serving.ts';

const anna = await picture({ person: 1 });
const nobody = await picture();
const noise = Buffer.from('this is no picture');
const files = { 'anna.png': anna, 'nobody.png': nobody, 'noise.png': noise, 'empty.png': new Uint8Array() };
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';
const ADDRESS = 'username=anna&email=anna@example.org';
const REGISTRATION = `${ADDRESS}&password=correct-horse`;

/** `anna` has an account. */
async function serveAnna(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const ask = async (path: string, ...args: string[]) => {
    const { status, body, headers } = await curl(files, ...args, `${serving.url}${path}`);
    return { status, body: JSON.parse(body) as unknown, headers };
  };
  const { body } = await ask('/register/user', '-d', REGISTRATION);
  assert.deepEqual(body, { result: 'success', type: 'register_user' });
  return { ...serving, ask };
}

const LOGIN_FAILED = { result: 'fail', type: 'login', message: 'Please check your username or password' };
const QUEUED = 'A one-time password is waiting for you with the technician';
const fail = (type: string, message: string) => ({ result: 'fail', type, message });

/** Every documented answer of the document's first half, and what the contract adds. */
const TABLE: [what: string, path: string, args: string[], status: number, answer: unknown][] = [
  ['login: success', '/login', ['-d', REGISTRATION], 200, { result: 'success', type: 'login' }],
  ['login: wrong password', '/login', ['-d', 'username=anna&password=wrong-horse'], 200, LOGIN_FAILED],
  ['login: unknown user', '/login', ['-d', 'username=eve&password=correct-horse'], 200, LOGIN_FAILED],
  ['login: short password', '/login', ['-d', 'username=anna&password=x'], 200, LOGIN_FAILED],
  ['login: no password', '/login', ['-d', 'username=anna'], 400, fail('login', 'password is required')],
  ['login: nothing', '/login', ['-X', 'POST'], 400, fail('login', 'username is required')],
  ['login: empty', '/login', ['-d', 'username=&password='], 400, fail('login', 'username is required')],
  [
    'login: two names',
    '/login',
    ['-d', 'username=anna&username=eve&password=x'],
    400,
    fail('login', 'username is required'),
  ],
  [
    'register: success',
    '/register/user',
    ['-d', 'username=bob&password=12345678&email=b@example.org'],
    200,
    { result: 'success', type: 'register_user' },
  ],
  [
    'register: exist user',
    '/register/user',
    ['-d', REGISTRATION],
    200,
    { result: 'fail', message: 'exist user' },
  ],
  [
    'register: short password',
    '/register/user',
    ['-d', 'username=bob&password=1234567&email=b@example.org'],
    400,
    fail('register_user', 'password must have at least 8 characters'),
  ],
  [
    'register: no email',
    '/register/user',
    ['-d', 'username=bob&password=12345678'],
    400,
    fail('register_user', 'email is required'),
  ],
  [
    'register: two addresses in one',
    '/register/user',
    ['-d', 'username=bob&password=12345678&email=b@example.org,c@example.org'],
    400,
    fail('register_user', 'email is no address'),
  ],
  [
    'reset: success',
    '/reset_password',
    ['-d', ADDRESS],
    200,
    { result: 'success', type: 'reset_password', message: QUEUED },
  ],
  [
    'reset: unknown user',
    '/reset_password',
    ['-d', 'username=eve&email=anna@example.org'],
    200,
    fail('reset_password', 'Not Found User'),
  ],
  [
    'reset: another email',
    '/reset_password',
    ['-d', 'username=anna&email=eve@example.org'],
    200,
    fail('reset_password', 'Not Found User'),
  ],
  [
    'reset: no email',
    '/reset_password',
    ['-d', 'username=anna'],
    400,
    fail('reset_password', 'email is required'),
  ],
  [
    'face: success',
    '/register/face',
    ['-F', 'username=anna', '-F', 'face_image=@anna.png'],
    200,
    { result: 'success', type: 'register_face' },
  ],
  [
    'face: unknown user',
    '/register/face',
    ['-F', 'username=eve', '-F', 'face_image=@anna.png'],
    200,
    fail('register_face', 'Not Found User'),
  ],
  [
    'face: nobody in the picture',
    '/register/face',
    ['-F', 'username=anna', '-F', 'face_image=@nobody.png'],
    200,
    fail('register_face', 'No face found'),
  ],
  [
    'face: no picture',
    '/register/face',
    ['-F', 'username=anna', '-F', 'face_image=@noise.png'],
    200,
    fail('save_image', 'not a picture in a format that is known here'),
  ],
  [
    'face: an empty file',
    '/register/face',
    ['-F', 'username=anna', '-F', 'face_image=@empty.png'],
    400,
    fail('register_face', 'face_image is required'),
  ],
  [
    'face: no file',
    '/register/face?username=anna',
    ['-X', 'POST'],
    400,
    fail('register_face', 'face_image is required'),
  ],
  [
    'face: no user',
    '/register/face',
    ['-F', 'face_image=@anna.png'],
    400,
    fail('register_face', 'username is required'),
  ],
];

describe('document 004, accounts', { skip }, () => {
  for (const [what, path, args, status, answer] of TABLE) {
    test(what, async (t) => {
      const { ask } = await serveAnna(t);
      const found = await ask(path, ...args);
      assert.deepEqual(found.body, answer);
      assert.equal(found.status, status);
    });
  }

  test('parameters as JSON, form, multipart and in the address; with a slash at the end', async (t) => {
    const { ask } = await serveAnna(t);
    const json = [
      '-H',
      'content-type: application/json',
      '-d',
      '{"username":"anna","password":"correct-horse"}',
    ];
    const ways: [string, string[]][] = [
      ['/login/', json],
      ['/login', ['-d', REGISTRATION]],
      ['/login', ['-F', 'username=anna', '-F', 'password=correct-horse']],
      [`/login?${REGISTRATION}`, ['-X', 'POST']],
      ['/login?password=correct-horse', ['-d', 'username=anna']],
    ];
    for (const [path, args] of ways) {
      assert.deepEqual(
        (await ask(path, ...args)).body,
        { result: 'success', type: 'login' },
        `${path} ${args}`,
      );
    }
  });

  test('broken JSON and numbers keep the shape of a failure', async (t) => {
    const { ask } = await serveAnna(t);
    const broken = await ask('/login', '-H', 'content-type: application/json', '-d', '{"username":');
    assert.equal(broken.status, 400);
    assert.equal((broken.body as { type: string }).type, 'login');
    const number = await ask(
      '/login',
      ...['-H', 'content-type: application/json', '-d', '{"username":"anna","password":12345678}'],
    );
    assert.deepEqual([number.status, number.body], [400, fail('login', 'password is required')]);
  });

  test('the fourth reset within an hour', async (t) => {
    const { ask } = await serveAnna(t);
    for (let i = 0; i < 3; i++) assert.equal((await ask('/reset_password', '-d', ADDRESS)).status, 200);
    const fourth = await ask('/reset_password', '-d', ADDRESS);
    assert.deepEqual([fourth.status, fourth.body], [429, fail('reset_password', 'only 3 resets an hour')]);
    assert.equal(fourth.headers['retry-after'], '3600');
  });

  test('what the technician finds, hands over and sets', async (t) => {
    const { ask, url, access } = await serveAnna(t);
    await ask('/reset_password', '-d', ADDRESS);
    const { body } = await ask('/v1/accounts');
    const [account] = (body as { accounts: { id: string; reset: { oneTimePassword: string } }[] }).accounts;
    assert.equal(account?.id, 'anna');
    const oneTime = `username=anna&password=${account.reset.oneTimePassword}`;
    assert.deepEqual((await ask('/login', '-d', oneTime)).body, { result: 'success', type: 'login' });
    assert.deepEqual((await ask('/login', '-d', oneTime)).body, LOGIN_FAILED);
    const made = await access.tokens.create({ name: 'desk', role: 'technician', actor: 'test' });
    assert.equal(made.kind, 'created');
    const put = (id: string, password: string, token = made.secret) =>
      fetch(`${url}/v1/accounts/${id}/password`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ password }),
      });
    // credentials change with a token only, whatever the address
    assert.equal((await put('anna', 'new-password', '')).status, 401);
    assert.equal((await put('anna', 'short')).status, 400);
    assert.equal((await put('eve', 'new-password')).status, 404);
    assert.equal((await put('anna', 'new-password')).status, 204);
    const login = await ask('/login', '-d', 'username=anna&password=new-password');
    assert.deepEqual(login.body, { result: 'success', type: 'login' });
    assert.equal((await fetch(`${url}/v1/accounts/anna`, { method: 'DELETE' })).status, 204);
    assert.equal((await fetch(`${url}/v1/accounts/anna`, { method: 'DELETE' })).status, 404);
  });

  test('a face makes a person of the default gallery, a further one extends it', async (t) => {
    const { ask, store } = await serveAnna(t);
    assert.deepEqual(await store.list(), []);
    for (let i = 0; i < 2; i++)
      await ask('/register/face', '-F', 'username=anna', '-F', 'face_image=@anna.png');
    const people = await store.list();
    assert.deepEqual(
      people.map(({ gallery, id, faces }) => [gallery, id, faces.length]),
      [['default', 'anna', 2]],
    );
  });

  test('an account does not block an enrolment; a reset deletes people and accounts', async (t) => {
    const { ask, store, accounts } = await serveAnna(t);
    const enrol = await ask('/api/enroll?username=anna', '-F', 'cin_file=@anna.png');
    assert.equal((enrol.body as { trained: string }).trained, 'success');
    assert.deepEqual((await ask('/api/reset', '-X', 'POST')).body, { code: 200, msg: 'DONE' });
    assert.deepEqual([await store.list(), accounts.list()], [[], []]);
    assert.deepEqual((await ask('/login', '-d', REGISTRATION)).body, LOGIN_FAILED);
  });

  test('a terminal may log in and ask for a reset, a viewer may not', async (t) => {
    const terminal = await serve(t, { settings: { clients: [{ cidr: '127.0.0.1/32', role: 'terminal' }] } });
    const post = async (url: string, path: string) =>
      (await fetch(`${url}${path}`, { method: 'POST', body: form(['username', 'anna']) })).status;
    assert.equal(await post(terminal.url, '/login'), 400);
    assert.equal(await post(terminal.url, '/reset_password'), 400);
    assert.equal(await post(terminal.url, '/register/user'), 403);
    assert.equal(await post(terminal.url, '/register/face'), 403);
    const viewer = await serve(t, { settings: { clients: [{ cidr: '127.0.0.1/32', role: 'viewer' }] } });
    const answer = await fetch(`${viewer.url}/login`, { method: 'POST' });
    assert.equal(answer.status, 403);
    assert.equal(((await answer.json()) as { type: string }).type, 'login');
    assert.equal((await fetch(`${viewer.url}/v1/accounts`)).status, 403);
  });
});
