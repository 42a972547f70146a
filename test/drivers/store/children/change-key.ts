// Enrols three people, one with a kept picture, changes the key, and dies at the n-th file operation of that.
import { person } from '../fixtures.ts';
import { arm, changes } from './die-at.ts';
import { say } from './say.ts';

// Only now: the store must import the counted functions.
const { PeopleVault } = await import('../../../../src/drivers/store/people-vault.ts');
const { silentLog } = await import('../../../../src/runtime/logger.ts');

const [stateDir, dieAt] = process.argv.slice(2);
const vault = new PeopleVault({ stateDir: stateDir as string, log: silentLog });
await vault.start();
if ((await vault.list()).length === 0) {
  const picture = await vault.pictures.keep(Buffer.from('a picture of ann'));
  const ann = person('ann');
  await vault.put({ ...ann, faces: ann.faces.map((face) => ({ ...face, picture })) });
  await vault.put(person('bob'));
}
await say(`before ${vault.keyId}`);
arm(Number(dieAt));
const id = await vault.changeKey();
await say(`acknowledged ${id} after ${changes()}`);
