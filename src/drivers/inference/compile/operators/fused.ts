import { floatData } from '../emitter.ts';
import type { Value } from '../value.ts';
import { preluOf, sigmoidOf } from './elementwise.ts';
import { contradiction, type Operands, operand } from './operator.ts';

/** What may follow a product within `_FusedConv2D` and `_FusedMatMul`; the rest is refused by name. */
const ACTIVATIONS = ['Relu', 'Relu6', 'Prelu', 'Sigmoid'] as const;
type Activation = (typeof ACTIVATIONS)[number];

export interface Fusion {
  readonly bias: Float32Array | undefined;
  activate(value: Value): Value;
}

/** Names of fused operators that cannot be compiled, as `_FusedConv2D(Elu)`. */
export function unsupportedFusions(operator: string, fusedOps: readonly string[]): string[] {
  const known: readonly string[] = ['BiasAdd', ...ACTIVATIONS];
  return fusedOps.filter((name) => !known.includes(name)).map((name) => `${operator}(${name})`);
}

/** The bias and the activation after a product whose operands are inputs 0 and 1. */
export function fusion(operands: Operands, channels: number): Fusion {
  const names = operands.node.attributes.strings('fused_ops');
  const biased = names[0] === 'BiasAdd';
  const [activation, ...excess] = (biased ? names.slice(1) : names) as Activation[];
  if (excess.length > 0) throw contradiction(operands, `fuses ${names.join(', ')}`);
  const bias = biased ? floatData(operand(operands, 2)) : undefined;
  if (bias !== undefined && bias.length !== channels) {
    throw contradiction(operands, `${bias.length} biases for ${channels} channels`);
  }
  const alphaIndex = biased ? 3 : 2;
  return {
    bias,
    activate: (value) => {
      if (activation === 'Relu') return operands.emit.clamp(value, 0, Number.POSITIVE_INFINITY);
      if (activation === 'Relu6') return operands.emit.clamp(value, 0, 6);
      if (activation === 'Sigmoid') return sigmoidOf(operands.emit, value);
      if (activation === 'Prelu') return preluOf(operands, value, operand(operands, alphaIndex));
      return value;
    },
  };
}
