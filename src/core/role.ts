/** What a caller may do: cumulative, least first. */
export const ROLES = ['viewer', 'terminal', 'technician'] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` is at least the one `needed`. */
export function roleAllows(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
