/** Fields that say when and how bad; they stand in front. */
const HEAD = new Set(['level', 'time', 'msg', 'pid', 'hostname']);
const COLOURS: Readonly<Record<string, string>> = { debug: '2', info: '36', warn: '33', error: '31' };

/** Turns pino's JSON lines into lines for people: `12:00:01 WARN  camera lost  door=front retryInMs=1043`. */
export function readableLog(write: (text: string) => void): (line: string) => void {
  return (line) => write(`${readable(line.trimEnd())}\n`);
}

function readable(line: string): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const time = typeof fields.time === 'string' ? fields.time.slice(11, 19) : '';
  const level = String(fields.level ?? 'info');
  const rest = Object.entries(fields)
    .filter(([key, value]) => !HEAD.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const head = `${time} \u001b[${COLOURS[level] ?? '0'}m${level.toUpperCase().padEnd(5)}\u001b[0m ${String(fields.msg ?? '')}`;
  return rest.length === 0 ? head : `${head}  \u001b[2m${rest.join(' ')}\u001b[0m`;
}
