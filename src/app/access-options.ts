import type { DoorConfig } from '../config/config.ts';
import type { ModelPack } from '../core/model-pack.ts';
import { ACCESS_DEFAULTS, type AccessPolicy } from '../services/access/policy.ts';

/** A door's policy: the site's settings, and the pack's measured thresholds where the site has set none. */
export function accessPolicy(door: DoorConfig, pack: ModelPack): AccessPolicy {
  const { access } = door;
  return {
    ...ACCESS_DEFAULTS,
    votes: access.votes,
    window: access.window,
    // a settled face is embedded once a second: all votes must be able to stand in the evidence
    evidenceMs: Math.max(ACCESS_DEFAULTS.evidenceMs, access.votes * 1_000),
    threshold: access.threshold ?? pack.thresholds.match,
    margin: access.margin ?? pack.thresholds.margin,
    distanceM: access.distanceM,
    deadlineMs: access.deadlineMs,
    galleries: access.galleries,
    cooldownMs: access.cooldownMs,
    liveness: access.liveness === 'off' ? 'off' : pack.liveness.kind === 'none' ? 'none' : 'required',
  };
}
