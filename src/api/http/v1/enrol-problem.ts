import { formatPersonRef, type PersonRef } from '../../../core/person.ts';
import type { EnrolRefusal } from '../../../services/enrolment/outcome.ts';
import { type Problem, problem } from '../problem.ts';
import { unreadable } from './image.ts';

/** Why somebody was not enrolled, in the words of HTTP. */
export function enrolProblem(outcome: EnrolRefusal, ref: PersonRef): Problem {
  switch (outcome.kind) {
    case 'exists':
      return problem('person_exists', `${formatPersonRef(ref)} is already enrolled`);
    case 'unreadable':
      return unreadable(outcome);
    case 'no_face':
      return problem('no_face', 'no face was found in the picture');
    case 'several_faces':
      return problem('several_faces', `${outcome.count} faces were found in the picture`);
    case 'low_quality':
      return problem('low_quality', outcome.advice.join('. '), { members: { hints: outcome.advice } });
    case 'duplicate_face':
      return problem('duplicate_face', `this face is already enrolled as ${formatPersonRef(outcome.other)}`, {
        members: { other: outcome.other, score: Number(outcome.score.toFixed(4)) },
      });
    case 'different_face':
      return problem('different_face', `the picture does not show ${formatPersonRef(ref)} as enrolled`, {
        members: { score: Number(outcome.score.toFixed(4)) },
      });
    case 'too_many_faces':
      return problem(
        'too_many_faces',
        `${formatPersonRef(ref)} has ${outcome.limit} faces, the most there can be`,
      );
    case 'busy':
      return problem('busy', 'too many pictures are being examined', { retryAfterS: outcome.retryAfterS });
  }
}
