import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ErrorCode, LimenError } from '../../../../src/core/errors.ts';
import { compileGraphModel } from '../../../../src/drivers/inference/compile/compile-graph-model.ts';
import { GraphModelBuilder as Builder, integers, texts, windowed } from '../graph-model.ts';
import { modelFiles } from '../package-models.ts';

function refused(code: ErrorCode, message: RegExp, json: string | Uint8Array, weights: Uint8Array): void {
  assert.throws(
    () => compileGraphModel(json, weights),
    (error: unknown) => {
      assert.ok(error instanceof LimenError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

function small(build: (model: Builder) => unknown): { json: string; weights: Uint8Array } {
  const model = new Builder();
  build(model);
  return { json: model.json(), weights: model.weights() };
}

const dense = () =>
  small((model) => model.node('Relu', [model.node('Mul', [model.placeholder(1, 3), model.floats(3)])]));

describe('a model that cannot be read is refused with the reason', () => {
  test('JSON that is none, or says nothing', () => {
    const { weights } = dense();
    refused('model_unreadable', /not JSON/, '{"modelTopology":', weights);
    refused('model_unreadable', /no modelTopology/, '[]', weights);
    refused('model_unreadable', /no modelTopology/, 'null', weights);
    refused('model_unreadable', /no output/, '{"modelTopology":{"node":[]}}', weights);
    refused('model_unreadable', /no name or no operator/, '{"modelTopology":{"node":[7]}}', weights);
    refused('model_unreadable', /not JSON/, new Uint8Array(64), weights);
  });

  test('weights that are too short, too long, or not there', () => {
    const { json, weights } = dense();
    refused('model_unreadable', /end at byte 11/, json, weights.subarray(0, 11));
    refused('model_unreadable', /12 bytes of weights, there are 13/, json, new Uint8Array(13));
    const without = JSON.stringify({ ...JSON.parse(json), weightsManifest: [] });
    refused('model_unreadable', /no weights for constant/, without, new Uint8Array());
    refused('model_unreadable', /no weightsManifest/, json.replace('weightsManifest', 'other'), weights);
  });

  test('weights of impossible shape, type or quantisation', () => {
    const { json, weights } = dense();
    const weight = (entry: string) => json.replace('"shape":[3],"dtype":"float32"', entry);
    refused('model_unreadable', /impossible/, weight('"shape":[-3],"dtype":"float32"'), weights);
    refused('model_unreadable', /impossible/, weight('"shape":["x"],"dtype":"float32"'), weights);
    refused('model_unreadable', /impossible/, weight('"shape":[9e9,9e9],"dtype":"float32"'), weights);
    refused('model_unreadable', /of type string/, weight('"shape":[3],"dtype":"string"'), weights);
    const odd = '"shape":[3],"dtype":"float32","quantization":{"dtype":"uint4"}';
    refused('model_unreadable', /quantised/, weight(odd), weights);
    const open = '"shape":[3],"dtype":"float32","quantization":{"dtype":"uint8","scale":1}';
    refused('model_unreadable', /quantised/, weight(open), weights);
  });

  test('nodes that miss one another, or wait for one another', () => {
    const { json, weights } = dense();
    refused(
      'model_unreadable',
      /reads Nobody, which/,
      json.replace('["Placeholder_0",', '["Nobody",'),
      weights,
    );
    const loop = small((model) => {
      model.node('Relu', ['Relu_1']);
      model.node('Relu', ['Relu_0']);
      model.node('Relu', ['Relu_1']);
    });
    refused('model_unreadable', /loop/, loop.json, loop.weights);
    refused('model_unreadable', /output 0/, json.replace('"Mul_2"]', '"Mul_2:1"]'), weights);
  });

  test('shapes that do not fit', () => {
    for (const [message, build] of [
      [/3×4 and 2 do not go/, (model) => model.node('Add', [model.placeholder(3, 4), model.floats(2)])],
      [
        /filter for 2 channels on 3/,
        (model) =>
          model.node('Conv2D', [model.placeholder(1, 4, 4, 3), model.floats(1, 1, 2, 1)], windowed({})),
      ],
      [
        /kernel of 5 on 4/,
        (model) =>
          model.node(
            'Conv2D',
            [model.placeholder(1, 4, 4, 3), model.floats(5, 5, 3, 1)],
            windowed({ padding: 'VALID' }),
          ),
      ],
      [
        /cannot become/,
        (model) => model.node('Reshape', [model.placeholder(1, 6), model.integers([2], 4, 2)]),
      ],
      [/impossible/, (model) => model.node('Reshape', [model.placeholder(1, 6), model.integers([2], 4, -1)])],
      [
        /shape -1, -1/,
        (model) => model.node('Reshape', [model.placeholder(1, 6), model.integers([2], -1, -1)]),
      ],
      [/axis 2 of 2/, (model) => model.node('Mean', [model.placeholder(1, 6), model.integers([1], 2)])],
      [/paddings/, (model) => model.node('Pad', [model.placeholder(1, 6), model.integers([1, 2], 1, 1)])],
      [/no fixed size/, (model) => model.node('Relu', [model.placeholder(1, -1, -1, 3)])],
      [/alpha has more/, (model) => model.node('Prelu', [model.placeholder(1, 1), model.floats(2)])],
      [/lacks input 1/, (model) => model.node('Add', [model.placeholder(1, 1)])],
      [
        /strides are/,
        (model) =>
          model.node('Conv2D', [model.placeholder(1, 4, 4, 1), model.floats(1, 1, 1, 1)], {
            ...windowed({}),
            strides: integers(2, 1, 1, 1),
          }),
      ],
    ] satisfies [RegExp, (model: Builder) => unknown][]) {
      const { json, weights } = small(build);
      refused('model_unreadable', message, json, weights);
    }
  });

  test('a fused operator that is not covered is named within its host', () => {
    const { json, weights } = small((model) =>
      model.node('_FusedConv2D', [model.placeholder(1, 4, 4, 1), model.floats(1, 1, 1, 1)], {
        ...windowed({}),
        fused_ops: texts('Elu'),
      }),
    );
    refused('model_operator_unsupported', /cannot compile _FusedConv2D\(Elu\)$/, json, weights);
  });

  test('whatever is damaged, the answer is a model or one of these errors', () => {
    const { json, weights } = modelFiles('liveness');
    const text = json.toString('latin1');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...'0123456789-"[]{},:xR')), {
          minLength: 1,
          maxLength: 4,
        }),
        (changes) => {
          const damaged = [...text];
          for (const [at, character] of changes) damaged[at] = character;
          try {
            compileGraphModel(damaged.join(''), weights);
          } catch (error) {
            assert.ok(error instanceof LimenError, String((error as Error).stack));
            assert.ok(['model_unreadable', 'model_operator_unsupported'].includes(error.code));
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
