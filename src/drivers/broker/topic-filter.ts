/**
 * Whether an MQTT topic filter matches a topic name (MQTT 5, 4.7): `+` is one level, `#` this level and all below,
 * and neither matches a first level that begins with `$`.
 */
export function filterMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index >= levels.length) return false;
    if (want !== '+' && want !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
