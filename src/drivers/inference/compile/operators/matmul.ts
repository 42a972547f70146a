import type { Value } from '../value.ts';
import { fusion } from './fused.ts';
import { contradiction, type Operator, operandOfRank } from './operator.ts';

/** `_FusedMatMul` of two matrices, with bias and activation. */
export const fusedMatMul: Operator = (operands) => {
  const { emit, node } = operands;
  const [a, b] = [operandOfRank(operands, 0, 2), operandOfRank(operands, 1, 2)];
  const transA = node.attributes.flag('transpose_a');
  const transB = node.attributes.flag('transpose_b');
  const [rows, inner] = oriented(a, transA);
  const [innerOfB, columns] = oriented(b, transB);
  if (inner !== innerOfB) throw contradiction(operands, `${rows}×${inner} times ${innerOfB}×${columns}`);
  const { bias, activate } = fusion(operands, columns);
  const inputs = [emit.plain(a), emit.plain(b)];
  if (bias !== undefined) inputs.push(emit.floats([columns], bias));
  const product = emit.node('Gemm', inputs, {
    transA: { int: transA ? 1 : 0 },
    transB: { int: transB ? 1 : 0 },
  });
  return activate({ dims: [rows, columns], plain: product });
};

function oriented({ dims }: Value, transposed: boolean): [number, number] {
  const [rows, columns] = dims as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
