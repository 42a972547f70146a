import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { stateDirectory } from '../../src/runtime/state-directory.ts';

const ALL = {
  LIMEN_STATE: '/variable',
  STATE_DIRECTORY: '/systemd:/second',
  XDG_STATE_HOME: '/xdg',
  HOME: '/home/u',
};

test('the state directory is the first that is named', () => {
  const order: [option: string | undefined, env: Record<string, string>, expected: string][] = [
    ['/option', ALL, '/option'],
    [undefined, ALL, '/variable'],
    ['', { ...ALL, LIMEN_STATE: '' }, '/systemd'],
    [undefined, { XDG_STATE_HOME: '/xdg', HOME: '/home/u' }, '/xdg/limen'],
    [undefined, { XDG_STATE_HOME: 'relative', HOME: '/home/u' }, '/home/u/.local/state/limen'],
    [undefined, { HOME: '/home/u' }, '/home/u/.local/state/limen'],
    ['relative', {}, resolve('relative')],
  ];
  for (const [option, env, expected] of order) assert.equal(stateDirectory({ option, env }), expected);
});
