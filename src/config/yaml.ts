import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { childSchema, type KeySchema } from './key.ts';
import type { ConfigProblem } from './problem.ts';

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as plain values, and where each of them stands. */
export interface YamlFile {
  readonly value: unknown;
  /** What stops the file from being read; `value` may still be looked at when only keys are written twice. */
  readonly problems: readonly ConfigProblem[];
  readonly readable: boolean;
  /** Position of the key at `path` (`what: 'key'`) or of its value; the nearest written parent's otherwise. */
  locate(path: readonly string[], what: 'key' | 'value'): Position | undefined;
}

const pointer = (path: readonly string[]) => JSON.stringify(path);

/** Reads values off the syntax tree, since only the tree knows lines and how a number was written. */
class Reader {
  readonly keys = new Map<string, number>();
  readonly values = new Map<string, number>();
  readonly problems: { offset: number; path: readonly string[]; message: string }[] = [];

  read(node: Node | null, schema: KeySchema | undefined, path: readonly string[]): unknown {
    if (node?.range) this.values.set(pointer(path), node.range[0]);
    if (isAlias(node) || (node !== null && 'anchor' in node && node.anchor !== undefined)) {
      this.#report(node, path, 'anchors and aliases (`&`, `*`) are not used here; write the value out');
      return undefined;
    }
    if (isMap(node)) return this.#mapping(node.items as never, schema, path);
    if (isSeq(node)) {
      return node.items.map((item, i) =>
        this.read(item as Node | null, childSchema(schema, String(i)), [...path, String(i)]),
      );
    }
    if (!isScalar(node)) return null;
    // `id: 17` and `protocol: 5` mean the text where text is asked for.
    const text = schema?.type === 'string' || schema?.enum?.every((word) => typeof word === 'string');
    return text && typeof node.value === 'number' ? (node.source ?? String(node.value)) : node.value;
  }

  #mapping(
    items: readonly { key: Node; value: Node | null }[],
    schema: KeySchema | undefined,
    path: readonly string[],
  ): unknown {
    const entries: [string, unknown][] = [];
    for (const { key, value } of items) {
      if (!isScalar(key)) {
        this.#report(key, path, 'a key must be one word');
        continue;
      }
      const name = key.source ?? String(key.value);
      const inner = [...path, name];
      const known = childSchema(schema, name);
      if (key.range) this.keys.set(pointer(inner), key.range[0]);
      const plain = this.read(value, known, inner);
      if (plain !== null) entries.push([name, plain]);
      // A section whose lines are all commented out is an empty section.
      else if (known?.type === 'object') entries.push([name, {}]);
      else if (known !== undefined) this.#report(key, inner, 'has no value; give one or remove the line');
      else entries.push([name, null]);
    }
    return Object.fromEntries(entries);
  }

  #report(node: Node, path: readonly string[], message: string): void {
    this.problems.push({ offset: node.range?.[0] ?? 0, path, message });
  }
}

function syntaxMessage(error: YAMLError, text: string): string {
  const rest = text.slice(error.pos[0]);
  if (error.code === 'DUPLICATE_KEY') {
    return `\`${/^[^\s:]+/.exec(rest)?.[0] ?? 'this key'}\` is written twice`;
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && /^[a-z]+:\s*(#.*)?$/m.test(rest.split('\n')[0] ?? '')) {
    const word = /^[a-z]+:/.exec(rest)?.[0];
    return `a value that ends with a colon needs quotes: '${word}'`;
  }
  if (error.code === 'TAB_AS_INDENT') return 'indented with a tab; YAML wants spaces';
  if (error.code === 'MULTIPLE_DOCS') return 'a second document (`---`) begins; there can be only one';
  return error.message;
}

/** Parses `text`; `schema` tells where numbers are meant as text. Never throws. */
export function readYaml(text: string, schema: KeySchema): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = [...document.errors, ...document.warnings];
  const problems: ConfigProblem[] = syntax.map((error) => ({
    path: [],
    message: syntaxMessage(error, text),
    ...at(error.pos[0]),
  }));
  const readable = syntax.every((error) => error.code === 'DUPLICATE_KEY');
  const reader = new Reader();
  let value: unknown = {};
  if (readable && document.contents !== null && !isEmptyScalar(document.contents)) {
    value = reader.read(document.contents, schema, []);
    if (!isMap(document.contents)) {
      reader.problems.push({
        offset: 0,
        path: [],
        message: 'the file must be a mapping of keys (`key: value` lines)',
      });
      value = {};
    }
  }
  problems.push(...reader.problems.map(({ offset, path, message }) => ({ path, message, ...at(offset) })));
  return {
    value,
    problems,
    readable,
    locate(path, what) {
      for (let depth = path.length; depth >= 0; depth--) {
        const here = pointer(path.slice(0, depth));
        const offset =
          what === 'key' || depth < path.length
            ? (reader.keys.get(here) ?? reader.values.get(here))
            : reader.values.get(here);
        if (offset !== undefined) return at(offset);
      }
      return undefined;
    },
  };
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.value === null;
}
