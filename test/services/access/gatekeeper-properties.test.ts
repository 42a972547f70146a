import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../../../src/core/decision.ts';
import type { DetectedFace, Match } from '../../../src/core/face.ts';
import { iou } from '../../../src/vision/nms.ts';
import { Tracker } from '../../../src/vision/tracker.ts';
import { ALICE, look, POLICY } from './evidence-of.ts';
import { lobby } from './lobby.ts';

type Name = 'alice' | 'bob';

const matchOf = (id: Name, score = 0.7, margin = 0.4): Match => ({
  person: { gallery: 'default', id },
  score,
  margin,
});

/** Whatever a frame of one face may have said: nothing, nobody, or somebody with any score and lead. */
const anyMatch = (...names: Name[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.constantFrom(...names).map((id) => matchOf(id)) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...names), fc.integer({ min: -20, max: 100 }), fc.integer({ min: 0, max: 20 }))
        .map(([id, score, margin]) => matchOf(id, score / 100, margin / 100)),
    },
  );

const sequence = (...names: Name[]) => fc.array(anyMatch(...names), { minLength: 5, maxLength: 150 });

/** No cooldown, so that it does not hide a second grant. */
const everybody = () => lobby({ policy: { cooldownMs: 0 }, people: async (ref) => ({ ...ALICE, ...ref }) });

const votes = (match: Match | null | undefined) =>
  match && match.score >= POLICY.threshold && match.margin >= POLICY.margin ? match.person.id : undefined;

/** One track that says `matches`, frame by frame; what was decided, and how often the door had opened by then. */
async function walkIn(matches: readonly (Match | null | undefined)[]) {
  const { clock, gatekeeper, unlocks, events } = everybody();
  const told: { decision: Decision; opened: number }[] = [];
  for (const [at, match] of matches.entries()) {
    clock.advanceTo(at * 100 + 20);
    const { match: _, ...uncompared } = look(at);
    const face = match === undefined ? uncompared : { ...uncompared, match };
    const [first] = await gatekeeper.observe({ faces: [face] });
    if (first !== undefined) told.push({ decision: first.decision, opened: unlocks.length });
  }
  return { told, unlocks, events };
}

const windowAt = (matches: readonly (Match | null | undefined)[], at: number) =>
  matches
    .map((match, i) => ({ match, i }))
    .filter(({ match, i }) => i <= at && (at - i) * 100 <= POLICY.evidenceMs && match !== undefined)
    .slice(-POLICY.window)
    .map(({ match }) => match);

const lastEmbedded = (matches: readonly (Match | null | undefined)[], at: number) =>
  windowAt(matches, at).map(votes);

/** How far ahead of everybody else the window is of `id`, on average. */
const leadAt = (matches: readonly (Match | null | undefined)[], at: number, id: string) => {
  const window = windowAt(matches, at);
  const leads = window.map((match) => (match?.person.id === id ? 1 : -1) * (match?.margin ?? 0));
  return leads.reduce((sum, lead) => sum + lead, 0) / window.length;
};

test('one grant per visit, whatever the sequence of scores', async () => {
  await fc.assert(
    fc.asyncProperty(sequence('alice'), async (matches) => {
      const { unlocks, events } = await walkIn(matches);
      assert.ok(unlocks.length <= 1, `${unlocks.length} grants`);
      assert.equal(events.filter(({ type }) => type === 'access.granted').length, unlocks.length);
    }),
  );
});

test('no grant when fewer than `votes` of the looks agree, or all of them are not ahead on average', async () => {
  await fc.assert(
    fc.asyncProperty(sequence('alice', 'bob'), async (matches) => {
      const { told } = await walkIn(matches);
      let before = 0;
      for (const [at, { decision, opened }] of told.entries()) {
        if (opened > before) {
          assert.ok(decision.kind === 'granted');
          const agreeing = lastEmbedded(matches, at).filter((id) => id === decision.person.id).length;
          assert.ok(agreeing >= POLICY.votes, `frame ${at}: ${agreeing} agree`);
          const lead = leadAt(matches, at, decision.person.id);
          assert.ok(lead >= POLICY.lead - 1e-9, `frame ${at}: ahead by ${lead} on average`);
        }
        before = opened;
      }
    }),
  );
});

test('a name that was let in gives way only to a whole window that says another, never to a flicker', async () => {
  const wavering = fc.array(
    fc.constantFrom<Name>('alice', 'bob').map((id) => matchOf(id)),
    { minLength: 20, maxLength: 150 },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(wavering, sequence('alice', 'bob')), async (matches) => {
      const { told } = await walkIn(matches);
      let inside: string | undefined;
      for (const [at, { decision }] of told.entries()) {
        const name = decision.kind === 'undecided' ? undefined : decision.person?.id;
        if (inside !== undefined && name !== inside) {
          const window = lastEmbedded(matches, at);
          assert.ok(window.length >= POLICY.votes);
          assert.ok(
            window.every((id) => id !== undefined && id !== inside && id === window[0]),
            `frame ${at}: ${inside} became ${name} on ${window.join(' ')}`,
          );
        }
        if (decision.kind === 'granted') inside = decision.person.id;
      }
    }),
  );
});

test('two names that take turns in one track, alike in their lead, are let in under neither', async () => {
  // three looks of five against two: a fifth of the lead remains
  const leads = fc.integer({ min: 5, max: 45 }).map((percent) => percent / 100);
  await fc.assert(
    fc.asyncProperty(leads, fc.integer({ min: 6, max: 60 }), async (lead, frames) => {
      const turns = Array.from({ length: frames }, (_, i) =>
        matchOf(i % 2 === 0 ? 'alice' : 'bob', 0.7, lead),
      );
      assert.deepEqual((await walkIn(turns)).unlocks, []);
    }),
  );
});

/** 15 frames a second, as at a door. */
const FRAME_MS = 66;

function faceAt(x: number, y: number, width: number): DetectedFace {
  const eye = (dx: number) => ({ x: x + width / 2 + dx, y: y + width / 3 });
  return {
    box: { x: x - width / 2, y: y - width * 0.6, width, height: width * 1.2 },
    score: 0.9,
    points: { rightEye: eye(-width / 5), leftEye: eye(width / 5), nose: eye(0), mouth: eye(0) },
  };
}

/** The real tracker before the real gatekeeper: who stands where is known, and who was let in is told. */
function doorway() {
  const { clock, gatekeeper, unlocks, events } = everybody();
  const tracker = new Tracker();
  let frame = 0;
  const show = async (faces: readonly { name: Name; face: DetectedFace }[]) => {
    const ms = frame * FRAME_MS;
    clock.advanceTo(ms + 20);
    const { seen, ended } = tracker.update(
      faces.map(({ face }) => face),
      ms,
    );
    const looks = seen.map(({ trackId, face }, i) => ({
      ...look(frame, { trackId, box: face.box, match: matchOf(faces[i]?.name ?? 'alice') }),
      capturedAtMs: ms,
    }));
    frame++;
    const decisions = await gatekeeper.observe({ faces: looks, endedTracks: ended });
    for (const [i, { decision }] of decisions.entries()) {
      if (decision.kind === 'granted') assert.equal(decision.person.id, faces[i]?.name);
    }
  };
  const granted = () => events.flatMap(({ type, person }) => (type === 'access.granted' ? [person?.id] : []));
  return { show, granted, unlocks };
}

test('who is hidden for up to a second is still the same visit: no second grant', async () => {
  const scenario = fc.record({
    width: fc.integer({ min: 60, max: 160 }),
    // widths a second, while hidden and before
    speed: fc.integer({ min: -8, max: 8 }).map((tenths) => tenths / 10),
    hidden: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ width, speed, hidden }) => {
      const { show, granted } = doorway();
      let ms = 0;
      const stand = async (frames: number) => {
        for (let i = 0; i < frames; i++, ms += FRAME_MS) {
          await show([{ name: 'alice', face: faceAt(320 + (speed * width * ms) / 1000, 200, width) }]);
        }
      };
      await stand(15);
      for (const frames of hidden) {
        for (let i = 0; i < frames; i++, ms += FRAME_MS) await show([]);
        await stand(10);
      }
      assert.deepEqual(granted(), ['alice']);
    }),
  );
});

test('two people who cross keep their names, and each is let in once', async () => {
  const scenario = fc.record({
    near: fc.integer({ min: 60, max: 110 }),
    depth: fc.integer({ min: 115, max: 170 }).map((percent) => percent / 100),
    // widths a second
    speed: fc.integer({ min: 5, max: 40 }).map((tenths) => tenths / 10),
    other: fc.integer({ min: 5, max: 40 }).map((tenths) => tenths / 10),
    lift: fc.integer({ min: -20, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ near, depth, speed, other, lift }) => {
      const { show, granted } = doorway();
      for (let i = 0; i < 120; i++) {
        const ms = i * FRAME_MS;
        const front = faceAt(60 + (speed * near * ms) / 1000, 200, near);
        const rear = faceAt(580 - (other * near * ms) / 1000, 200 + lift, near / depth);
        if (front.box.x > 640 || rear.box.x < -100) break;
        const both = [
          { name: 'alice', face: front },
          { name: 'bob', face: rear },
        ] as const;
        const hidden = iou(front.box, rear.box) > 0.2;
        await show(hidden ? both.slice(0, 1) : i % 2 === 0 ? both : both.toReversed());
      }
      assert.deepEqual(granted().toSorted(), ['alice', 'bob']);
    }),
  );
});
