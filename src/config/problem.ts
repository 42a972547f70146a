/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Keys and element numbers from the top, for instance `['doors', '1', 'camera']`. */
  readonly path: readonly string[];
  readonly message: string;
  /** Counted from 1; absent where no file was read. */
  readonly line?: number;
  readonly column?: number;
}

/** `['doors', '1', 'camera']` → `doors[1].camera`. */
export function formatPath(path: readonly string[]): string {
  return path.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** `limen.yaml:3:5: access.votes: 0 is less than 1`. */
export function formatProblem(file: string, problem: ConfigProblem): string {
  const where = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column ?? 1}`;
  const key = problem.path.length === 0 ? '' : `${formatPath(problem.path)}: `;
  return `${where}: ${key}${problem.message}`;
}
