import type { Verbs } from '../api/cli/verbs.ts';

/** Everything that `limen` can do. Each verb loads what it needs when it is called: printing the configuration needs no network. */
export const verbs: Verbs = {
  run: async (args, io) => (await import('./verbs/run.ts')).run(args, io),
  demo: async (args, io) => (await import('./verbs/demo.ts')).demo(args, io),
  watch: async (args, io) => (await import('./verbs/watch.ts')).watch(args, io),
  enroll: async (args, io) => (await import('./verbs/people.ts')).enroll(args, io),
  import: async (args, io) => (await import('./verbs/import.ts')).importStaff(args, io),
  identify: async (args, io) => (await import('./verbs/people.ts')).identify(args, io),
  people: async (args, io) => (await import('./verbs/people.ts')).people(args, io),
  remove: async (args, io) => (await import('./verbs/people.ts')).remove(args, io),
  evaluate: async (args, io) => (await import('./verbs/evaluate.ts')).evaluate(args, io),
  events: async (args, io) => (await import('./verbs/events.ts')).events(args, io),
  bench: async (args, io) => (await import('./verbs/bench.ts')).bench(args, io),
  doctor: async (args, io) => (await import('./verbs/doctor.ts')).doctor(args, io),
  calibrateDistance: async (args, io) =>
    (await import('./verbs/calibrate.ts')).calibrateDistance(args, io),
  modelsList: async (args, io) => (await import('./verbs/models.ts')).modelsList(args, io),
  modelsCompile: async (args, io) => (await import('./verbs/models.ts')).modelsCompile(args, io),
  modelsPull: async (args, io) => (await import('./verbs/models.ts')).modelsPull(args, io),
  modelsVerify: async (args, io) => (await import('./verbs/models.ts')).modelsVerify(args, io),
  tokenCreate: async (args, io) => (await import('./verbs/token.ts')).tokenCreate(args, io),
  tokenList: async (args, io) => (await import('./verbs/token.ts')).tokenList(args, io),
  tokenRevoke: async (args, io) => (await import('./verbs/token.ts')).tokenRevoke(args, io),
  keyRotate: async (args, io) => (await import('./verbs/keeping.ts')).keyRotate(args, io),
  backup: async (args, io) => (await import('./verbs/keeping.ts')).backup(args, io),
  restore: async (args, io) => (await import('./verbs/keeping.ts')).restore(args, io),
  export: async (args, io) => (await import('./verbs/keeping.ts')).exportPerson(args, io),
  configCheck: async (args, io) => (await import('./verbs/config.ts')).configCheck(args, io),
  configPrint: async (args, io) => (await import('./verbs/config.ts')).configPrint(args, io),
  configSchema: async (args, io) => (await import('./verbs/config.ts')).configSchema(args, io),
};
