/** Longest that Home Assistant's clock may be behind ours, seconds; ahead of us by the 30 s allowed less this. */
const EXPIRES_AFTER_S = 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const random = (length: number) => `{% for i in range(${length}) %}{{ alphabet | random }}{% endfor %}`;

/**
 * Jinja2 as Home Assistant renders it for a lock: `value` is `payload_lock` or `payload_unlock`; `random`, `utcnow`
 * and `timedelta` are its own. Every rendering is a command of its own: 32 of 64 characters are 192 bits.
 */
export const COMMAND_TEMPLATE =
  `{% set alphabet = '${ALPHABET}' %}` +
  `{"transaction": "ha-${random(16)}", "command": "{{ value }}", "nonce": "${random(32)}", ` +
  `"expiresAt": "{{ (utcnow() + timedelta(seconds=${EXPIRES_AFTER_S})).isoformat() }}"}`;

/** All members of an event become attributes of the entity, under the name that Home Assistant asks for its type. */
export const EVENT_TEMPLATE = '{{ dict(value_json, event_type=value_json.type) | to_json }}';

/** `None` is "unknown" to Home Assistant. Members that are not reported yet are absent, hence `get`. */
const state = (member: string) => `value_json.get('${member}')`;

export const DOOR_TEMPLATE = `{{ 'ON' if ${state('door')} in ['open', 'held_open_warning', 'held_open', 'forced'] else 'OFF' }}`;
/** Without a contact nobody knows whether the leaf is shut. */
export const NO_CONTACT_TEMPLATE = `{{ 'None' }}`;

export const PROBLEM_TEMPLATE =
  `{{ 'ON' if ${state('door')} in ['held_open', 'forced', 'fault'] or ${state('relay')} == 'fault' ` +
  `or ${state('camera')} == 'lost' else 'OFF' }}`;

export const OCCUPANCY_TEMPLATE = `{{ 'None' if ${state('camera')} != 'ok' else 'ON' if value_json.get('facesInView', 0) > 0 else 'OFF' }}`;

export const DISTANCE_TEMPLATE = `{{ ${state('lastDistanceM')} }}`;

export const LOCK_TEMPLATE =
  `{{ 'JAMMED' if ${state('relay')} == 'fault' else 'UNLOCKED' if ${state('relay')} == 'on' ` +
  `else 'LOCKED' if ${state('relay')} == 'off' else 'None' }}`;
