import type { Verbs } from '../api/cli/verbs.ts';
import { configCheck, configPrint, configSchema } from './verbs/config.ts';
import { demo } from './verbs/demo.ts';
import { modelsCompile, modelsList, modelsPull, modelsVerify } from './verbs/models.ts';
import { enroll, identify, people, remove } from './verbs/people.ts';
import { run } from './verbs/run.ts';
import { watch } from './verbs/watch.ts';

/** Everything that `limen` can do. */
export const verbs: Verbs = {
  run,
  demo,
  watch,
  enroll,
  identify,
  people,
  remove,
  modelsList,
  modelsCompile,
  modelsPull,
  modelsVerify,
  configCheck,
  configPrint,
  configSchema,
};
