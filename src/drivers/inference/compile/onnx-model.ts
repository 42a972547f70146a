import type { TensorSpec } from '../../../core/ports/inference.ts';
import { ProtobufMessage } from './protobuf.ts';

/** Operator set 13, the first whose Softmax works on one axis as TF.js's does; IR version 7 belongs to it. */
const OPSET = 13;
const IR_VERSION = 7;

/** TensorProto.DataType */
const FLOAT = 1;
const INT64 = 7;

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly initializers: readonly OnnxInitializer[];
  /** In an order in which every input is written before it is read. */
  readonly nodes: readonly OnnxNode[];
}

/**
 * The bytes of an ONNX ModelProto (onnx/onnx.proto). Field numbers in the functions below are those of that file.
 * The same graph gives the same bytes.
 */
export function encodeOnnxModel(graph: OnnxGraph, producerVersion: string): Uint8Array {
  return new ProtobufMessage()
    .integer(1, IR_VERSION)
    .string(2, 'limen')
    .string(3, producerVersion)
    .message(7, encodeGraph(graph))
    .message(8, new ProtobufMessage().string(1, '').integer(2, OPSET))
    .finish();
}

function encodeGraph(graph: OnnxGraph): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const node of graph.nodes) message.message(1, encodeNode(node));
  message.string(2, 'main');
  for (const initializer of graph.initializers) message.message(5, encodeInitializer(initializer));
  for (const input of graph.inputs) message.message(11, encodeValueInfo(input));
  for (const output of graph.outputs) message.message(12, encodeValueInfo(output));
  return message;
}

function encodeNode(node: OnnxNode): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(5, encodeAttribute(name, attribute));
  }
  return message;
}

function encodeAttribute(name: string, attribute: OnnxAttribute): ProtobufMessage {
  const message = new ProtobufMessage().string(1, name);
  // `type` (field 20) is AttributeProto.AttributeType: FLOAT 1, INT 2, INTS 7.
  if ('int' in attribute) return message.integer(3, attribute.int).integer(20, 2);
  if ('float' in attribute) return message.float(2, attribute.float).integer(20, 1);
  for (const value of attribute.ints) message.integer(8, value);
  return message.integer(20, 7);
}

function encodeInitializer({ name, dims, data }: OnnxInitializer): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const dim of dims) message.integer(1, dim);
  return message
    .integer(2, data instanceof Float32Array ? FLOAT : INT64)
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function encodeValueInfo({ name, dims }: TensorSpec): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const dim of dims) shape.message(1, new ProtobufMessage().integer(1, dim));
  const tensor = new ProtobufMessage().integer(1, FLOAT).message(2, shape);
  return new ProtobufMessage().string(1, name).message(2, new ProtobufMessage().message(1, tensor));
}
