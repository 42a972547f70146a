import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import { SmtpMailer } from '../../../src/drivers/mail/smtp-mailer.ts';
import { smtpServer } from './smtp-server.ts';

const MAIL = { to: 'anna@example.org', subject: 'Zugang', text: 'One-time password: 1234\n.\nend' };
const FROM = 'door@example.org';

test('a mail arrives as it was written, after a login', async (t) => {
  const { mails, commands, port } = await smtpServer(t);
  await new SmtpMailer({ url: `smtp://us%40er:se%3Acret@127.0.0.1:${port}`, from: FROM }).send(MAIL);
  const [mail] = mails;
  assert.equal(mail?.from, '<door@example.org>');
  assert.deepEqual(mail.to, ['<anna@example.org>']);
  assert.match(mail.data, /^Subject: Zugang$/m);
  assert.match(mail.data, /\n\nOne-time password: 1234\n\.\nend\n$/);
  const plain = Buffer.from('\0us@er\0se:cret').toString('base64');
  assert.ok(commands.includes(`AUTH PLAIN ${plain}`));
});

for (const refuse of ['AUTH', 'MAIL', 'RCPT', 'DATA']) {
  test(`a server that refuses ${refuse} is an error that repeats nothing of the mail`, async (t) => {
    const { port } = await smtpServer(t, { refuse });
    const mailer = new SmtpMailer({ url: `smtp://user:secret@127.0.0.1:${port}`, from: FROM });
    await assert.rejects(mailer.send(MAIL), (error: LimenError) => {
      assert.equal(error.code, 'mail_unavailable');
      assert.match(error.message, /550/);
      assert.doesNotMatch(error.message, /1234|secret|anna/);
      return true;
    });
  });
}

test('nobody listening', async (t) => {
  const { port } = await smtpServer(t);
  const mailer = new SmtpMailer({ url: `smtps://127.0.0.1:${port}`, from: FROM });
  await assert.rejects(mailer.send(MAIL), { code: 'mail_unavailable' });
});

test('an address is one address, whatever it looks like', async (t) => {
  const { mails, port } = await smtpServer(t);
  const mailer = new SmtpMailer({ url: `smtp://127.0.0.1:${port}`, from: FROM });
  await mailer.send({ ...MAIL, to: 'anna@example.org,eve@example.org' }).catch((error) => {
    assert.ok(error instanceof LimenError);
  });
  assert.ok(mails.every(({ to }) => to.length === 1));
});

test('without STARTTLS nothing is sent beyond this machine', async (t) => {
  const { mails, port } = await smtpServer(t);
  // resolves to this machine, and does not say so
  const mailer = new SmtpMailer({ url: `smtp://user:secret@0.0.0.0:${port}`, from: FROM });
  await assert.rejects(mailer.send(MAIL), { code: 'mail_unavailable' });
  assert.deepEqual(mails, []);
});
