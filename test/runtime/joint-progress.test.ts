import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JointProgress } from '../../src/runtime/joint-progress.ts';

test('progress counts when every member has made some', () => {
  let fed = 0;
  const joint = new JointProgress(['front', 'back'], () => fed++);
  for (let i = 0; i < 10; i++) joint.report('front');
  assert.equal(fed, 0, 'a busy door hides one that stands still');
  joint.report('back');
  assert.equal(fed, 1);
  joint.report('back');
  joint.report('front');
  assert.equal(fed, 2);
});
