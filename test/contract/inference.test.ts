import { openInferenceRuntime } from '../../src/drivers/inference/runtimes.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { inferenceContract } from './inference.ts';

const onnx = { runtime: 'onnx', provider: 'cpu', threads: 1 } as const;
const tfjs = { runtime: 'tfjs', provider: 'auto' } as const;

inferenceContract('onnx, calling thread', 'onnx', () => openInferenceRuntime(onnx, silentLog, 'calling'));
inferenceContract('onnx, own thread', 'onnx', () => openInferenceRuntime(onnx, silentLog, 'own'));
inferenceContract('tfjs, calling thread', 'tfjs', () => openInferenceRuntime(tfjs, silentLog, 'calling'));
inferenceContract('tfjs, own thread', 'tfjs', () => openInferenceRuntime(tfjs, silentLog, 'own'));
