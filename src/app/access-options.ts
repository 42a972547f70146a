import type { Config, DoorConfig } from '../config/config.ts';
import { scheduleOf } from '../config/schedules.ts';
import type { ModelPack } from '../core/model-pack.ts';
import { ACCESS_DEFAULTS, type AccessPolicy } from '../services/access/policy.ts';

/** A door's policy: the site's settings, and the pack's measured thresholds where the site has set none. */
export function accessPolicy(
  door: DoorConfig,
  pack: ModelPack,
  { calendar, schedules }: Pick<Config, 'calendar' | 'schedules'>,
): AccessPolicy {
  const { access } = door;
  const margin = access.margin ?? pack.thresholds.margin;
  return {
    ...ACCESS_DEFAULTS,
    votes: access.votes,
    window: access.window,
    // a settled face is embedded once a second: all votes must be able to stand in the evidence
    evidenceMs: Math.max(ACCESS_DEFAULTS.evidenceMs, access.votes * 1_000),
    threshold: access.threshold ?? pack.thresholds.match,
    margin,
    lead: access.lead ?? Math.max(margin, pack.thresholds.lead ?? margin),
    distanceM: access.distanceM,
    deadlineMs: access.deadlineMs,
    galleries: access.galleries,
    hours: access.hours.map(({ gallery, schedule }) => ({
      gallery,
      schedule: scheduleOf(schedules, schedule),
    })),
    calendar,
    persons: access.persons === 2 ? 2 : 1,
    secondPersonMs: access.secondPersonMs,
    alone: access.alone,
    cooldownMs: access.cooldownMs,
    liveness: access.liveness === 'off' ? 'off' : pack.liveness.kind === 'none' ? 'none' : 'required',
  };
}
