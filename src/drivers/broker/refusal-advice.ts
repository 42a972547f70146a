/**
 * What to do about a broker that refuses, by reason code. MQTT 5, 2.4, for CONNACK, PUBACK and DISCONNECT; the codes
 * below 6 are those of an MQTT 3.1.1 CONNACK (3.2.2.3).
 */
const ADVICE: Readonly<Record<number, string>> = {
  2: 'set another `device`: the broker does not take this client identifier',
  3: 'look at the broker: it is up and does not serve',
  4: 'check user and password in `mqtt.url`',
  5: "check the broker's access rules for this user",
  133: 'set another `device`: the broker does not take this client identifier',
  134: 'check user and password in `mqtt.url`',
  135: "check the broker's access rules for this user",
  136: 'look at the broker: it is up and does not serve',
  137: 'look at the broker: it is busy',
  138: 'the broker has banned this client: look into its list',
  142: 'another client uses the same identifier: give every Limen its own `device`',
  144: "check the broker's access rules and `mqtt.prefix`: it does not take this topic",
  149: "raise the broker's limit on packet sizes",
  151: "raise the broker's quota for this user, or free what it keeps",
  154: 'let the broker keep retained messages',
};

/** MQTT brokers answer a wrong password with the same codes as a user who may not connect: mosquitto with 5 and 135. */
const NOT_LET_IN = "check user and password in `mqtt.url`, and the broker's access rules for this user";

const AUTHORITY = 'set `mqtt.ca` to the authority that signed the broker';
/** By the codes of Node's TLS. */
const CONNECT_ADVICE: Readonly<Record<number | string, string>> = {
  5: NOT_LET_IN,
  135: NOT_LET_IN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: "use a name in `mqtt.url` that stands in the broker's certificate",
  CERT_HAS_EXPIRED: "renew the broker's certificate, or set this machine's clock",
  CERT_NOT_YET_VALID: "set this machine's clock",
};

/** The same for a connection that is not made: what broker, network and TLS say then. */
export function connectAdvice(code: number | string | undefined): string {
  const advice = code === undefined ? undefined : CONNECT_ADVICE[code];
  if (advice !== undefined) return `; ${advice}`;
  return typeof code === 'number' ? refusalAdvice(code) : '';
}

/** Appended to what the broker said; empty for codes that say nothing about what to do. */
export function refusalAdvice(code: number | undefined): string {
  const advice = code === undefined ? undefined : ADVICE[code];
  return advice === undefined ? '' : `; ${advice}`;
}
