import { Attributes } from './attributes.ts';
import { isRecord, unreadable } from './json.ts';

export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  /** Names of the nodes that this one reads. */
  readonly inputs: readonly string[];
  /** Where it reads another output than a node's first, as `name:index`; no operator compiled here has one. */
  readonly laterOutputs: readonly string[];
  readonly attributes: Attributes;
}

export interface Graph {
  /** What the outputs need, every node after its inputs. */
  readonly nodes: readonly GraphNode[];
  /** Node names in the order that TF.js gives them. */
  readonly outputs: readonly string[];
  readonly weightsManifest: unknown;
  /** Two nodes that wait for each other, when there are such: TF.js's loops, or a damaged file. */
  readonly loop: readonly [string, string] | undefined;
}

/**
 * Parses a TF.js `model.json` in the graph-model format and puts its nodes in order. Outputs are the signature's,
 * or, as in TF.js, every node that nobody reads when there is none.
 * @throws LimenError `model_unreadable`
 */
export function parseGraph(modelJson: Uint8Array | string): Graph {
  const model = parseJson(modelJson);
  const topology = isRecord(model) ? model.modelTopology : undefined;
  const list = isRecord(topology) ? topology.node : undefined;
  if (!isRecord(model) || !isRecord(topology) || !Array.isArray(list)) {
    throw unreadable('there is no modelTopology with nodes; is it a graph model?');
  }
  const nodes = new Map<string, GraphNode>();
  for (const entry of list) {
    const node = parseNode(entry);
    if (nodes.has(node.name)) throw unreadable(`two nodes are named ${node.name}`);
    nodes.set(node.name, node);
  }
  const outputs = signatureOutputs(model.signature ?? topology.signature) ?? unreadNodes(nodes);
  if (outputs.length === 0) throw unreadable('there is no output');
  return { ...inOrder(nodes, outputs), outputs, weightsManifest: model.weightsManifest };
}

function parseJson(modelJson: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof modelJson === 'string' ? modelJson : new TextDecoder().decode(modelJson));
  } catch (cause) {
    throw unreadable(`not JSON: ${(cause as Error).message}`, cause);
  }
}

function parseNode(entry: unknown): GraphNode {
  if (!isRecord(entry) || typeof entry.name !== 'string' || typeof entry.op !== 'string') {
    throw unreadable('a node has no name or no operator');
  }
  const { name, op: operator } = entry;
  const references = entry.input ?? [];
  const isName = (reference: unknown): reference is string => typeof reference === 'string';
  if (!Array.isArray(references) || !references.every(isName)) {
    throw unreadable(`the inputs of node ${name} are not a list of names`);
  }
  // `x` and `x:0` name the first output of x; `^x` only orders execution.
  const read = references.filter((reference) => !reference.startsWith('^'));
  return {
    name,
    operator,
    inputs: read.map(nodeName),
    laterOutputs: read.filter((reference) => /:(?!0$)/.test(reference)),
    attributes: new Attributes(name, isRecord(entry.attr) ? entry.attr : {}),
  };
}

function nodeName(reference: string): string {
  return reference.split(':', 1)[0] as string;
}

function signatureOutputs(signature: unknown): string[] | undefined {
  const outputs = isRecord(signature) ? signature.outputs : undefined;
  if (!isRecord(outputs) || Object.keys(outputs).length === 0) return undefined;
  const names = Object.entries(outputs).map(([key, entry]) => {
    if (!isRecord(entry) || typeof entry.name !== 'string') {
      throw unreadable(`output ${key} of the signature has no name`);
    }
    if (/:(?!0$)/.test(entry.name)) throw unreadable(`output ${entry.name} is not the first of its node`);
    return nodeName(entry.name);
  });
  return [...new Set(names)];
}

function unreadNodes(nodes: ReadonlyMap<string, GraphNode>): string[] {
  const read = new Set([...nodes.values()].flatMap((node) => node.inputs));
  return [...nodes.keys()].filter((name) => !read.has(name));
}

function inOrder(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly string[],
): Pick<Graph, 'nodes' | 'loop'> {
  const ordered: GraphNode[] = [];
  let loop: [string, string] | undefined;
  const state = new Map<string, 'open' | 'done'>();
  // Depth first with its own stack: a graph may be deeper than the call stack.
  const stack = outputs.toReversed().map((name) => ({ name, reader: 'the signature' }));
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { name, reader } = top;
    const node = nodes.get(name);
    if (node === undefined) throw unreadable(`${reader} reads ${name}, which does not exist`);
    if (state.get(name) === undefined) {
      state.set(name, 'open');
      for (const input of node.inputs.toReversed()) {
        if (state.get(input) === 'open') loop ??= [name, input];
        if (state.get(input) === undefined) stack.push({ name: input, reader: name });
      }
      continue;
    }
    stack.pop();
    if (state.get(name) === 'open') {
      state.set(name, 'done');
      ordered.push(node);
    }
  }
  return { nodes: ordered, loop };
}
