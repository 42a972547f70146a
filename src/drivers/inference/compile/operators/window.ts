import { contradiction, type Operands } from './operator.ts';

export interface Window {
  /** Height and width. */
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** ONNX order: top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  /** Output height and width. */
  readonly size: readonly [number, number];
}

/**
 * How a kernel moves over an image. SAME keeps ⌈size/stride⌉ and puts the odd pixel of padding below and on the
 * right (TensorFlow, tf.nn "Notes on padding"), where most frameworks pad evenly.
 */
export function windowOf(
  operands: Operands,
  image: { readonly height: number; readonly width: number },
  kernel: readonly [number, number],
): Window {
  const { attributes } = operands.node;
  const strides = planar(operands, 'strides');
  const dilations = attributes.has('dilations') ? planar(operands, 'dilations') : ([1, 1] as const);
  const explicit = explicitPads(operands, attributes.string('padding'));
  const along = (axis: 0 | 1): { before: number; after: number; size: number } => {
    const input = axis === 0 ? image.height : image.width;
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const extent = (kernel[axis] - 1) * dilation + 1;
    if (explicit === 'SAME') {
      const size = Math.ceil(input / stride);
      const total = Math.max((size - 1) * stride + extent - input, 0);
      const before = Math.floor(total / 2);
      return { before, after: total - before, size };
    }
    const [before, after] = explicit[axis];
    const size = Math.floor((input + before + after - extent) / stride) + 1;
    if (size < 1) throw contradiction(operands, `a kernel of ${extent} on ${input} pixels`);
    return { before, after, size };
  };
  const [vertical, horizontal] = [along(0), along(1)];
  return {
    strides,
    dilations,
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    size: [vertical.size, horizontal.size],
  };
}

/** Height and width of an attribute given per NHWC axis. */
export function planar(operands: Operands, name: string): readonly [number, number] {
  const values = operands.node.attributes.integers(name);
  const [batch, vertical, horizontal, channels] = values as [number, number, number, number];
  if (values.length !== 4 || batch !== 1 || channels !== 1 || vertical < 1 || horizontal < 1) {
    throw contradiction(operands, `${name} are ${values.join(', ')}`);
  }
  return [vertical, horizontal];
}

type Explicit = readonly [readonly [number, number], readonly [number, number]];

function explicitPads(operands: Operands, padding: string): 'SAME' | Explicit {
  if (padding === 'SAME') return 'SAME';
  if (padding === 'VALID')
    return [
      [0, 0],
      [0, 0],
    ];
  const pads = operands.node.attributes.integers('explicit_paddings');
  const [n0, n1, top, bottom, left, right, c0, c1] = pads;
  const outer = [n0, n1, c0, c1].every((pad) => pad === 0);
  const inner = [top, bottom, left, right].every((pad) => pad !== undefined && pad >= 0);
  if (padding !== 'EXPLICIT' || pads.length !== 8 || !outer || !inner) {
    throw contradiction(operands, `padding is ${padding} ${pads.join(', ')}`);
  }
  return [
    [top as number, bottom as number],
    [left as number, right as number],
  ];
}
