import { LimenError } from '../../../core/errors.ts';
import type { TensorSpec } from '../../../core/ports/inference.ts';
import { Emitter } from './emitter.ts';
import { type GraphNode, parseGraph } from './graph.ts';
import { elementCount, shown, unreadable } from './json.ts';
import { encodeOnnxModel } from './onnx-model.ts';
import { convolution, depthwiseConvolution, fusedConvolution, maxPool } from './operators/convolution.ts';
import { add, maximum, minimum, multiply, prelu, relu, sigmoid, softmax } from './operators/elementwise.ts';
import { unsupportedFusions } from './operators/fused.ts';
import { fusedMatMul } from './operators/matmul.ts';
import type { Operator } from './operators/operator.ts';
import { concat, identity, mean, pad, reshape } from './operators/shape.ts';
import type { Value } from './value.ts';
import { type Constant, decodeWeights } from './weights.ts';

/** Part of every cache key: changes whenever the same model would compile to other bytes. */
export const COMPILER_VERSION = '1';

export interface CompiledModel {
  /** ONNX, operator set 13, float32, every dimension fixed. */
  readonly onnx: Uint8Array;
  /** TF.js's node names and dimensions (NHWC for images). */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: add,
  AddV2: add,
  ConcatV2: concat,
  Conv2D: convolution,
  DepthwiseConv2dNative: depthwiseConvolution,
  Identity: identity,
  MaxPool: maxPool,
  Maximum: maximum,
  Mean: mean,
  Minimum: minimum,
  Mul: multiply,
  Pad: pad,
  Prelu: prelu,
  Relu: relu,
  Reshape: reshape,
  Sigmoid: sigmoid,
  Softmax: softmax,
  _FusedConv2D: fusedConvolution,
  _FusedMatMul: fusedMatMul,
};
const SOURCES = ['Placeholder', 'Const'];

/** What the compiler covers, sorted. */
export const SUPPORTED_OPERATORS: readonly string[] = [...Object.keys(OPERATORS), ...SOURCES].sort();

/**
 * Translates a TF.js graph model (`model.json` and its weights, all shards one after the other) to ONNX. Pure: the
 * same bytes give the same bytes. An open batch size becomes 1.
 * @throws LimenError `model_unreadable` when JSON, shapes or weights do not fit together,
 *   `model_operator_unsupported`, naming all of them, when the outputs need operators beyond SUPPORTED_OPERATORS
 */
export function compileGraphModel(modelJson: Uint8Array | string, weights: Uint8Array): CompiledModel {
  const graph = parseGraph(modelJson);
  refuseUnsupported(graph.nodes);
  if (graph.loop !== undefined) throw unreadable(`nodes ${graph.loop.join(' and ')} form a loop`);
  const constants = decodeWeights(graph.weightsManifest, weights);
  const emit = new Emitter();
  const values = new Map<string, Value>();
  for (const node of graph.nodes) {
    // `nodes` are in order and complete: inputs are there.
    const inputs = node.inputs.map((name) => values.get(name) as Value);
    values.set(node.name, translate(node, inputs, emit, constants));
  }
  for (const name of graph.outputs) emit.output(name, values.get(name) as Value);
  const { inputs, outputs } = emit.graph;
  return { onnx: encodeOnnxModel(emit.graph, COMPILER_VERSION), inputs, outputs };
}

function refuseUnsupported(nodes: readonly GraphNode[]): void {
  const names = nodes.flatMap(({ operator, attributes }) => {
    if (!SUPPORTED_OPERATORS.includes(operator)) return [operator];
    return operator.startsWith('_Fused') ? unsupportedFusions(operator, attributes.strings('fused_ops')) : [];
  });
  if (names.length === 0) return;
  const list = [...new Set(names)].sort().join(', ');
  throw new LimenError('model_operator_unsupported', `TF.js graph model: cannot compile ${list}`);
}

function translate(
  node: GraphNode,
  inputs: readonly Value[],
  emit: Emitter,
  constants: ReadonlyMap<string, Constant>,
): Value {
  if (node.operator === 'Placeholder') return emit.input(node.name, placeholderDims(node));
  if (node.operator === 'Const') {
    const constant = constants.get(node.name);
    if (constant === undefined) throw unreadable(`there are no weights for constant ${node.name}`);
    return { dims: constant.dims, constant };
  }
  if (node.laterOutputs.length > 0) {
    throw unreadable(`node ${node.name} reads ${node.laterOutputs.join(', ')}: there is only output 0`);
  }
  const value = (OPERATORS[node.operator] as Operator)({ node, inputs, emit });
  elementCount(value.dims, `the output of node ${node.name}`);
  return value;
}

function placeholderDims(node: GraphNode): number[] {
  const type = node.attributes.type('dtype');
  if (type !== 'DT_FLOAT') throw unreadable(`input ${node.name} is of type ${type}, not DT_FLOAT`);
  const [batch, ...rest] = node.attributes.dims('shape');
  if (batch === undefined || rest.some((dim) => dim < 1) || (batch < 1 && batch !== -1)) {
    throw unreadable(`input ${node.name} has no fixed size: ${shown(node.attributes.dims('shape'))}`);
  }
  return [batch === -1 ? 1 : batch, ...rest];
}
