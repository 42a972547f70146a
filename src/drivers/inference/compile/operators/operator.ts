import type { Emitter } from '../emitter.ts';
import type { GraphNode } from '../graph.ts';
import { shown, unreadable } from '../json.ts';
import type { Value } from '../value.ts';

export interface Operands {
  readonly node: GraphNode;
  readonly inputs: readonly Value[];
  readonly emit: Emitter;
}

/** Translates one TF.js node. @throws LimenError `model_unreadable` when the node contradicts itself */
export type Operator = (operands: Operands) => Value;

export function operand({ node, inputs }: Operands, index: number): Value {
  const value = inputs[index];
  if (value === undefined) throw unreadable(`node ${node.name} (${node.operator}) lacks input ${index}`);
  return value;
}

/** Operand `index`, which must have `rank` dimensions. */
export function operandOfRank(operands: Operands, index: number, rank: number): Value {
  const value = operand(operands, index);
  if (value.dims.length !== rank) {
    const { name, operator } = operands.node;
    const found = shown(value.dims);
    throw unreadable(`input ${index} of node ${name} (${operator}) is ${found}, not of ${rank} dimensions`);
  }
  return value;
}

export function contradiction({ node }: Operands, what: string): Error {
  return unreadable(`node ${node.name} (${node.operator}): ${what}`);
}

/** An axis of `rank` dimensions, counted from the end when negative. */
export function axisWithin(operands: Operands, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw contradiction(operands, `axis ${axis} of ${rank} dimensions`);
  return positive;
}
