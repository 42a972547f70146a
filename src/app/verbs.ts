import type { Verbs } from '../api/cli/verbs.ts';
import { demo } from './verbs/demo.ts';
import { enroll, identify, people, remove } from './verbs/people.ts';
import { run } from './verbs/run.ts';
import { watch } from './verbs/watch.ts';
