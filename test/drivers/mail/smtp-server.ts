import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** As much of RFC 5321 as a mail client needs; keeps what it was sent. */
export async function smtpServer(t: TestContext, options: { refuse?: string } = {}) {
  const mails: { from: string; to: string[]; data: string }[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    let buffered = '';
    let mail = { from: '', to: [] as string[], data: '' };
    let inData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const obey = (line: string) => {
      commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (options.refuse === verb) return say('550 not here');
      if (verb === 'EHLO') return say('250-test\r\n250 AUTH PLAIN');
      if (verb === 'AUTH') return say('235 welcome');
      if (verb === 'MAIL') mail = { from: line.slice(10), to: [], data: '' };
      if (verb === 'RCPT') mail.to.push(line.slice(8));
      if (verb === 'DATA') {
        inData = true;
        return say('354 go on');
      }
      if (verb === 'QUIT') return socket.end('221 bye\r\n');
      return say('250 ok');
    };
    say('220 test');
    socket.on('data', (chunk) => {
      buffered += chunk.toString();
      for (let end = buffered.indexOf('\r\n'); end !== -1; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (!inData) obey(line);
        else if (line !== '.') mail.data += `${line.replace(/^\./, '')}\n`;
        else {
          inData = false;
          mails.push(mail);
          say('250 taken');
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { mails, commands, port: (server.address() as { port: number }).port };
}
