import Type from 'typebox';
import { section } from './key.ts';

export const ModelsSchema = section(
  {
    pack: Type.String({
      default: 'human',
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      form: 'the name of a model pack',
      reload: 'restart',
      description: 'The set of networks: `human` (inside an npm package) or `recommended` (to be pulled).',
    }),
    dir: Type.Optional(
      Type.String({
        minLength: 1,
        reload: 'restart',
        unset: '`<state>/models`',
        example: '/var/lib/limen/models',
        description: 'Where compiled and pulled models are kept; `$LIMEN_MODELS_PATH` is searched after it.',
      }),
    ),
  },
  { description: 'Which networks recognise.' },
);

export const InferenceSchema = section(
  {
    runtime: Type.Enum(['onnx', 'tfjs'], {
      default: 'onnx',
      reload: 'restart',
      description: '`tfjs` is slower and runs the models of the `human` pack as they were published.',
    }),
    provider: Type.Enum(['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt'], {
      default: 'auto',
      reload: 'restart',
      description: 'What computes. `auto` takes the fastest that works and logs why the others did not.',
    }),
    threads: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        reload: 'restart',
        unset: 'chosen by the runtime',
        example: 2,
        description: 'Threads of one inference on the processor.',
      }),
    ),
  },
  { description: 'How the networks run.' },
);

export const VisionSchema = section(
  {
    hfovDeg: Type.Number({
      default: 60,
      minimum: 10,
      maximum: 170,
      unit: '°',
      reload: 'restart',
      description: 'Horizontal field of view of the camera; the distance follows from it.',
    }),
    uploadHfovDeg: Type.Number({
      default: 60,
      minimum: 10,
      maximum: 170,
      unit: '°',
      reload: 'restart',
      description: 'The same for uploaded pictures that do not tell their focal length.',
    }),
  },
  { description: 'What the daemon cannot see from a picture.' },
);
