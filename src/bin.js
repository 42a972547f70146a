#!/usr/bin/env node
// Starts Limen: dist/main.js where it was built, else src/main.ts through tsx. Written so that an old Node can
// still parse it and say that it is too old.
const OLDEST = [20, 9];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  stop(
    `Limen needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}.`,
    'install a newer Node, for instance with apt-get install nodejs on Debian 13, or from nodejs.org',
  );
} else {
  start().catch((error) => {
    if (!isMissingPackage(error)) throw error;
    const root = decodeURIComponent(new URL('..', import.meta.url).pathname);
    stop(
      `a package is not installed (${missingName(error)}).`,
      `run \`npm ci\` in ${root.replace(/\/$/, '')}`,
    );
  });
}

async function start() {
  const { existsSync } = await import('node:fs');
  const built = new URL('../dist/main.js', import.meta.url);
  if (existsSync(built)) return import(built.href);
  const { register } = await import('tsx/esm/api');
  const { fileURLToPath } = await import('node:url');
  // Else tsx takes the tsconfig.json of whatever directory Limen is called from.
  register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
  return import(new URL('main.ts', import.meta.url).href);
}

/** A package, not one of our own files: those are a fault to be seen with its stack. */
function isMissingPackage(error) {
  const { code, message } = Object(error);
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return missing && /package '|module '[^./]/i.test(message);
}

function missingName(error) {
  const found = /'([^']+)'/.exec(error.message);
  return found ? found[1] : 'unknown';
}

function stop(what, advice) {
  process.stderr.write(`limen: ${what}\nwhat to do: ${advice}\n`);
  process.exitCode = 2;
}
