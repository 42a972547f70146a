import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { TfjsRuntime } from '../../../../src/drivers/inference/tfjs/tfjs-runtime.ts';
import { GraphModelBuilder as Builder, flag, integer, integers, texts, windowed } from '../graph-model.ts';
import { deviations } from '../parity.ts';
import { withFolder } from '../temporary-folder.ts';

/**
 * TF.js's own arithmetic in JavaScript. Its WASM backend is no reference here: it computes other numbers for SAME
 * padding with a stride above the kernel, and for matrices of which one is transposed.
 */
async function tfjsOnCpu(): Promise<TfjsRuntime> {
  await tf.setBackend('cpu');
  return new TfjsRuntime({
    name: 'cpu',
    tensor: (data, dims) => tf.tensor(data, dims),
    loadGraphModel: (handler) => loadGraphModel(handler),
    countTensors: () => tf.memory().numTensors,
  });
}

/** Operators alone, in the variants that the package's models do not have. */
const CASES: Record<string, (model: Builder) => unknown> = {};

for (const size of [7, 8]) {
  for (const kernel of [2, 3, 5]) {
    for (const stride of [1, 2, 3]) {
      CASES[`Conv2D SAME, ${size} pixels, kernel ${kernel}, stride ${stride}`] = (model) =>
        model.node(
          'Conv2D',
          [model.placeholder(1, size, size + 2, 3), model.floats(kernel, kernel, 3, 4)],
          windowed({ stride }),
        );
    }
    CASES[`MaxPool SAME, ${size} pixels, kernel ${kernel}`] = (model) =>
      model.node(
        'MaxPool',
        [model.node('Minimum', [model.placeholder(1, size, size, 2), model.number(-0.5)])],
        {
          ...windowed({ stride: 2 }),
          ksize: integers(1, kernel, kernel, 1),
        },
      );
    CASES[`DepthwiseConv2dNative SAME, ${size} pixels, kernel ${kernel}, two per channel`] = (model) =>
      model.node(
        'DepthwiseConv2dNative',
        [model.placeholder(1, size, size, 3), model.floats(kernel, kernel, 3, 2)],
        windowed({ stride: 2 }),
      );
  }
}

const convolved = (model: Builder, options: Parameters<typeof windowed>[0]) =>
  model.node('Conv2D', [model.placeholder(1, 9, 8, 3), model.floats(3, 3, 3, 2)], windowed(options));
/** A channels-first tensor inside, 1×3×4×5 to TF.js. */
const image = (model: Builder) =>
  model.node('Conv2D', [model.placeholder(1, 3, 4, 2), model.floats(1, 1, 2, 5)], windowed({}));

Object.assign(CASES, {
  'Conv2D VALID, stride 2': (model) => convolved(model, { padding: 'VALID', stride: 2 }),
  'Conv2D SAME, dilated': (model) => convolved(model, { dilation: 2 }),
  'Conv2D VALID, dilated': (model) => convolved(model, { padding: 'VALID', dilation: 2 }),
  'Conv2D with explicit padding': (model) =>
    convolved(model, { padding: 'EXPLICIT', explicit: [0, 0, 2, 1, 0, 3, 0, 0], stride: 2 }),
  'Conv2D with an oblong kernel': (model) =>
    model.node('Conv2D', [model.placeholder(1, 6, 6, 2), model.floats(1, 4, 2, 3)], windowed({})),
  'MaxPool VALID, kernel 3, stride 1': (model) =>
    model.node('MaxPool', [image(model)], {
      ...windowed({ padding: 'VALID' }),
      ksize: integers(1, 3, 3, 1),
    }),
  'an open batch': (model) => model.node('Relu', [model.placeholder(-1, 3)]),
  'Pad of a matrix': (model) =>
    model.node('Pad', [model.placeholder(2, 3), model.integers([2, 2], 1, 0, 2, 3)]),
  'Pad of an image, channels too': (model) =>
    model.node('Pad', [image(model), model.integers([4, 2], 0, 0, 1, 2, 3, 0, 2, 1)]),
  'Reshape to a matrix and back to an image': (model) => {
    const flat = model.node('Reshape', [image(model), model.integers([2], 6, -1)]);
    const back = model.node('Reshape', [flat, model.integers([4], 1, 2, 5, 6)]);
    return model.node('MaxPool', [back], { ...windowed({ stride: 2 }), ksize: integers(1, 2, 2, 1) });
  },
  'Reshape of one pixel': (model) => {
    const pixel = model.node(
      'Conv2D',
      [model.placeholder(1, 3, 3, 2), model.floats(3, 3, 2, 6)],
      windowed({ padding: 'VALID' }),
    );
    return model.node('Reshape', [pixel, model.integers([3], 1, 2, 3)]);
  },
  'a constant reshaped and added': (model) =>
    model.node('AddV2', [image(model), model.node('Reshape', [model.floats(20), model.integers([2], 4, 5)])]),
  'an image and a vector that was computed': (model) =>
    model.node('Mul', [
      image(model),
      model.node('Mean', [model.placeholder(1, 3, 5), model.integers([1], 1)], { keep_dims: flag(false) }),
    ]),
  'a matrix times a column': (model) => model.node('Mul', [model.placeholder(1, 6), model.floats(4, 1)]),
  'five dimensions': (model) => model.node('Add', [model.placeholder(1, 2, 3, 2, 2), model.floats(3, 1, 2)]),
  'Minimum of tensors': (model) => model.node('Minimum', [image(model), model.floats(5)]),
  'Maximum of tensors': (model) => model.node('Maximum', [model.floats(4, 1), image(model)]),
  'Relu, Minimum and Maximum in a row': (model) =>
    model.node('Maximum', [
      model.node('Minimum', [model.node('Relu', [image(model)]), model.number(0.3)]),
      model.number(0.1),
    ]),
  'Maximum above Minimum': (model) =>
    model.node('Minimum', [model.node('Maximum', [image(model), model.number(0.2)]), model.number(-0.1)]),
  'a clamp with two readers': (model) => {
    const clamped = model.node('Relu', [image(model)]);
    const upper = model.node('Minimum', [clamped, model.number(0.2)]);
    return model.node('AddV2', [clamped, upper]);
  },
  'Prelu with a number per value': (model) => model.node('Prelu', [image(model), model.floats(3, 4, 5)]),
  'Prelu of a matrix': (model) => model.node('Prelu', [model.placeholder(2, 3), model.floats(3)]),
  'Softmax of an image': (model) => model.node('Softmax', [image(model)]),
  'Softmax of a matrix': (model) => model.node('Softmax', [model.placeholder(2, 5)]),
  'Sigmoid of large and small numbers': (model) =>
    model.node('Sigmoid', [model.node('Mul', [model.placeholder(1, 200), model.number(100)])]),
  'the input itself': (model) => model.node('Identity', [model.placeholder(1, 2, 2, 3)]),
} satisfies typeof CASES);

for (const axis of [1, 2, 3, -1]) {
  CASES[`ConcatV2 of images, axis ${axis}`] = (model) => {
    const one = image(model);
    return model.node('ConcatV2', [one, model.node('Relu', [one]), model.integers([], axis)], {
      N: integer(2),
    });
  };
}
CASES['ConcatV2 of matrices'] = (model) => {
  const one = model.placeholder(2, 3);
  return model.node('ConcatV2', [one, model.floats(2, 1), model.integers([], -1)], { N: integer(2) });
};

for (const axes of [[1], [2], [3], [-1], [1, 2], [2, 1], [1, 3], [0, 1, 2, 3]]) {
  for (const keep of [false, true]) {
    CASES[`Mean over ${axes.join(' and ')}${keep ? ', kept' : ''}`] = (model) =>
      model.node('Mean', [image(model), model.integers([axes.length], ...axes)], { keep_dims: flag(keep) });
  }
}

for (const activation of ['Relu', 'Relu6', 'Sigmoid']) {
  CASES[`_FusedConv2D with ${activation}`] = (model) =>
    model.node('_FusedConv2D', [model.placeholder(1, 5, 5, 2), model.floats(3, 3, 2, 4), model.floats(4)], {
      ...windowed({ stride: 2 }),
      fused_ops: texts('BiasAdd', activation),
      num_args: integer(1),
    });
}
CASES['_FusedConv2D with Prelu'] = (model) =>
  model.node(
    '_FusedConv2D',
    [model.placeholder(1, 5, 5, 2), model.floats(3, 3, 2, 4), model.floats(4), model.floats(1, 1, 4)],
    { ...windowed({}), fused_ops: texts('BiasAdd', 'Prelu'), num_args: integer(2) },
  );
for (const [a, b] of [
  [false, true],
  [true, false],
  [true, true],
] as const) {
  CASES[`_FusedMatMul${a ? ', first transposed' : ''}${b ? ', second transposed' : ''}`] = (model) =>
    model.node(
      '_FusedMatMul',
      [
        a ? model.placeholder(4, 2) : model.placeholder(2, 4),
        b ? model.floats(3, 4) : model.floats(4, 3),
        model.floats(3),
      ],
      {
        transpose_a: flag(a),
        transpose_b: flag(b),
        fused_ops: texts('BiasAdd', 'Relu'),
        num_args: integer(1),
      },
    );
}

const affine = { scale: 0.013, min: -1.4 };
CASES['weights quantised to uint8'] = (model) =>
  model.node('Mul', [
    model.placeholder(1, 4),
    model.constant('float32', [4], Uint8Array.of(0, 1, 200, 255), { dtype: 'uint8', ...affine }),
  ]);
CASES['weights quantised to uint16'] = (model) =>
  model.node('Mul', [
    model.placeholder(1, 4),
    model.constant('float32', [4], Uint16Array.of(0, 1, 500, 65535), { dtype: 'uint16', ...affine }),
  ]);
CASES['weights in float16: normal, subnormal, negative, largest'] = (model) =>
  model.node('Mul', [
    model.placeholder(1, 6),
    model.constant('float32', [6], Uint16Array.of(0x3c00, 0x0001, 0x83ff, 0xc248, 0x7bff, 0x8000), {
      dtype: 'float16',
    }),
  ]);
CASES['a shape quantised to uint8'] = (model) =>
  model.node('Reshape', [
    model.placeholder(1, 6),
    model.constant('int32', [2], Uint8Array.of(7, 11), { dtype: 'uint8', scale: 0.26, min: 0.2 }),
  ]);

describe('one operator, on TF.js and compiled', () => {
  for (const [name, build] of Object.entries(CASES)) {
    test(name, async () => {
      const model = new Builder();
      build(model);
      const found = await withFolder((folder) =>
        deviations(
          { path: model.write(folder), json: model.json(), weights: model.weights() },
          folder,
          { scale: 1, seed: 7 },
          tfjsOnCpu,
        ),
      );
      assert.equal(found.length, 1);
      for (const { relative } of found) assert.ok(relative <= 1e-5, `relative error ${relative}`);
    });
  }
});
