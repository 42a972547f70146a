import type { Decision } from '../../core/decision.ts';
import { toLimenError } from '../../core/errors.ts';
import type { PackThresholds } from '../../core/model-pack.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import { type BudgetEstimate, estimateOf } from './estimate.ts';
import { type BudgetDocument, type StrangerVisit, withVisits } from './stranger-log.ts';
import { StrangerVisits } from './stranger-visits.ts';

export interface BudgetParts {
  readonly door: string;
  /** One for all doors. */
  readonly document: DocumentStore<BudgetDocument>;
  /** Cosine from which this door takes two faces for one person. */
  readonly threshold: number;
  readonly atFmr: PackThresholds['atFmr'];
  /** People that a face is compared with. */
  readonly gallerySize: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  /** Told at the start and whenever it is worked out anew. */
  readonly onEstimate?: (estimate: BudgetEstimate | undefined) => void;
}

/** How often counts reach the disk, and the estimate those who ask, ms. A crash loses as much. */
const SAVE_MS = 5 * 60_000;
/** Visits held while the disk does not take them. */
const MAX_UNSAVED = 10_000;
/** A door that is expected to open for a stranger more often than this in a month says so in its health. */
const TOLERABLE_PER_MONTH = 1;

/**
 * The false-accept budget of one door: a rolling month of denied strangers, their best scores as a histogram, and from
 * it how often the door will open for one of them. No template and no time of a visit is kept.
 */
export class FalseAcceptBudget implements Component {
  readonly name: string;
  readonly #parts: BudgetParts;
  readonly #visits = new StrangerVisits();
  #over: StrangerVisit[] = [];
  #savedMs = 0;
  #cancel: (() => void) | undefined;
  #saving: Promise<void> | undefined;
  #estimate: BudgetEstimate | undefined;

  constructor(parts: BudgetParts) {
    this.name = `budget ${parts.door}`;
    this.#parts = parts;
  }

  get door(): string {
    return this.#parts.door;
  }

  /** The newest estimate; undefined before there is anything to say. */
  get estimate(): BudgetEstimate | undefined {
    return this.#estimate;
  }

  async start(): Promise<void> {
    this.#savedMs = this.#parts.clock.nowMs();
    this.#tell();
    this.#schedule();
  }

  /** What one frame of this door showed. Never throws, waits for nothing. */
  seen(frame: {
    readonly observations: readonly FaceObservation[];
    readonly decisions: readonly { readonly trackId: number; readonly decision: Decision }[];
  }): void {
    const { gallerySize, clock } = this.#parts;
    const { observations, decisions } = frame;
    this.#over.push(...this.#visits.observe(observations, decisions, gallerySize(), clock.nowMs()));
  }

  /** The camera is gone; its tracks are over. */
  lost(): void {
    this.#over.push(...this.#visits.endAll());
  }

  async stop(): Promise<void> {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.lost();
    await this.#saving;
    await this.#save();
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(SAVE_MS, () => {
      this.#schedule();
      this.#saving ??= this.#save().finally(() => {
        this.#saving = undefined;
      });
    });
  }

  /** A statistic that cannot be written is no reason to trouble the door: it is tried again with the next. */
  async #save(): Promise<void> {
    const { door, document, clock, log } = this.#parts;
    const nowMs = clock.nowMs();
    const visits = this.#over;
    const observedMs = Math.max(0, nowMs - this.#savedMs);
    this.#over = [];
    this.#savedMs = nowMs;
    const day = clock.wall().toISOString().slice(0, 10);
    try {
      await document.update(({ doors }) => ({
        doors: { ...doors, [door]: withVisits(doors[door] ?? [], day, { observedMs, visits }) },
      }));
    } catch (cause) {
      this.#over = [...visits, ...this.#over].slice(-MAX_UNSAVED);
      this.#savedMs -= observedMs;
      log.warn({ door, cause: toLimenError(cause).message }, 'the false-accept budget could not be kept');
    }
    this.#tell();
  }

  #tell(): void {
    const { door, document, threshold, atFmr, gallerySize, health, onEstimate } = this.#parts;
    const days = document.value.doors[door] ?? [];
    this.#estimate = estimateOf(days, { threshold, atFmr, gallerySize: gallerySize() });
    const tolerable = (this.#estimate?.perMonth ?? 0) <= TOLERABLE_PER_MONTH;
    health.report(this.name, tolerable ? 'ok' : 'degraded', described(this.#estimate));
    onEstimate?.(this.#estimate);
  }
}

function described(estimate: BudgetEstimate | undefined): string {
  if (estimate === undefined)
    return 'no estimate of false opens yet: an hour and a denied stranger are needed';
  const { perMonth, upTo, basis, strangers } = estimate;
  const from =
    basis === 'site' ? `${strangers} strangers here` : `the pack's rate, ${strangers} strangers here`;
  const text = `${figure(perMonth)} false opens a month expected, at most ${figure(upTo)} (from ${from})`;
  return perMonth <= TOLERABLE_PER_MONTH
    ? text
    : `${text}; raise access.threshold, access.lead or access.votes`;
}

/** Two significant digits. */
function figure(value: number): string {
  return value === 0 ? '0' : Number(value.toPrecision(2)).toString();
}
