import type { Output } from '../api/cli/output.ts';
import { Progress } from '../api/cli/progress.ts';
import type { OnModelProgress } from '../drivers/inference/packs/model-progress.ts';

/** Shows the first start's work on models; says nothing when everything is there already. */
export function modelProgress(output: Output): { show: OnModelProgress; end(): Promise<void> } {
  const progress = new Progress(output, 'preparing models');
  let worked = false;
  return {
    show: ({ stage, model, index, count }) => {
      if (stage === 'ready') {
        if (worked) progress.update(index / count, model);
        return;
      }
      worked = true;
      progress.update((index - 1) / count, model);
    },
    end: () => (worked ? progress.end('done') : Promise.resolve()),
  };
}
