import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import { compileGraphModel } from '../../../../src/drivers/inference/compile/compile-graph-model.ts';
import { modelFiles, modelPath, PACKAGE_MODELS } from '../package-models.ts';
import { deviations, tfjsOnWasm } from '../parity.ts';
import { withFolder } from '../temporary-folder.ts';

/** Relative error up to which the compiled network is taken for the same one. */
const TOLERANCE = 1e-3;

/** What each network is fed with, ± this. */
const COVERED: Record<string, number> = {
  antispoof: 1,
  blazeface: 1,
  emotion: 1,
  facemesh: 1,
  faceres: 128,
  iris: 1,
  liveness: 1,
};

describe('the TF.js models of the package', () => {
  for (const [name, scale] of Object.entries(COVERED)) {
    test(`${name} computes the same numbers compiled`, async (t) => {
      const files = { path: modelPath(name), ...modelFiles(name) };
      for (const seed of [1, 2]) {
        const found = await withFolder((folder) => deviations(files, folder, { scale, seed }, tfjsOnWasm));
        for (const { output, dims, relative } of found) {
          t.diagnostic(`${name} ${output} ${dims.join('×')}: relative error ${relative.toExponential(1)}`);
          assert.ok(relative <= TOLERANCE, `${output}: ${relative}`);
        }
      }
    });
  }

  test('the others are refused, with all operators that are not covered', () => {
    const all = readdirSync(PACKAGE_MODELS)
      .filter((file) => file.endsWith('.json') && file !== 'models.json')
      .map((file) => file.slice(0, -'.json'.length));
    const refused = all.filter((name) => !(name in COVERED));
    assert.deepEqual(refused.sort(), ['centernet', 'handlandmark-lite', 'handtrack', 'movenet-lightning']);
    assert.equal(refusal('handlandmark-lite'), 'TF.js graph model: cannot compile AddN, Relu6');
    assert.equal(
      refusal('movenet-lightning'),
      'TF.js graph model: cannot compile ArgMax, Cast, ExpandDims, FloorDiv, FusedDepthwiseConv2dNative, ' +
        'GatherNd, Pack, RealDiv, ResizeBilinear, Sqrt, SquaredDifference, Squeeze, Sub, Unpack',
    );
    assert.match(refusal('handtrack'), /NonMaxSuppressionV5.*Where/);
    assert.match(refusal('centernet'), /FloorMod.*TopKV2/);
  });

  test('the same bytes give the same bytes, in whatever form they come', () => {
    const { json, weights } = modelFiles('liveness');
    const hash = (onnx: Uint8Array) => createHash('sha256').update(onnx).digest('hex');
    const shifted = new Uint8Array(weights.byteLength + 3).subarray(3);
    shifted.set(weights);
    const all = [
      compileGraphModel(json, weights),
      compileGraphModel(json.toString('utf8'), new Uint8Array(weights)),
      compileGraphModel(new Uint8Array(json), shifted),
    ];
    assert.equal(new Set(all.map(({ onnx }) => hash(onnx))).size, 1);
  });
});

function refusal(name: string): string {
  const { json, weights } = modelFiles(name);
  try {
    compileGraphModel(json, weights);
  } catch (error) {
    assert.ok(error instanceof LimenError && error.code === 'model_operator_unsupported');
    return error.message;
  }
  return assert.fail(`${name} was compiled`);
}
