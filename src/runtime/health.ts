export type HealthStatus = 'ok' | 'degraded' | 'failed';

export interface ComponentHealth {
  readonly status: HealthStatus;
  /** For the operator; no secrets. */
  readonly detail?: string;
}

/** What each part of the daemon says of itself; the whole is as bad as its worst part. */
export class Health {
  readonly #components = new Map<string, ComponentHealth>();
  readonly #listeners = new Set<(name: string, health: ComponentHealth) => void>();

  report(name: string, status: HealthStatus, detail?: string): void {
    const before = this.#components.get(name);
    if (before?.status === status && before.detail === detail) return;
    const health = detail === undefined ? { status } : { status, detail };
    this.#components.set(name, health);
    for (const listener of this.#listeners) listener(name, health);
  }

  snapshot(): { status: HealthStatus; components: Record<string, ComponentHealth> } {
    const all = [...this.#components.values()].map((component) => component.status);
    const status = all.includes('failed') ? 'failed' : all.includes('degraded') ? 'degraded' : 'ok';
    return { status, components: Object.fromEntries(this.#components) };
  }

  onChange(listener: (name: string, health: ComponentHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
