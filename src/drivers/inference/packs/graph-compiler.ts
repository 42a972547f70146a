import { COMPILER_VERSION, compileGraphModel } from '../compile/compile-graph-model.ts';
import type { GraphCompiler } from './compiled-model.ts';

/** The compiler of `drivers/inference/compile`. */
export const graphCompiler: GraphCompiler = {
  version: COMPILER_VERSION,
  compile: (modelJson, weights) => compileGraphModel(modelJson, weights).onnx,
};
