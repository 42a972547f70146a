import type { Static } from 'typebox';
import Type from 'typebox';
import { REQUEST_VERB_NAMES } from '../core/request-verbs.ts';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';

const pem = (description: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      reload: 'restart',
      unset: 'none',
      example: '/etc/limen/mqtt.pem',
      description,
    }),
  );

export const MqttSchema = section(
  {
    url: Type.Optional(
      Type.String({
        pattern: '^mqtts?://[^\\s/]+/?$',
        form: 'a broker URL such as `mqtts://limen:secret@broker.example:8883`',
        secret: true,
        reload: 'restart',
        unset: 'a broker of its own on 127.0.0.1',
        example: 'mqtts://limen:secret@broker.example:8883',
        description: "The building's MQTT broker, with user and password where it asks for them.",
      }),
    ),
    prefix: Type.String({
      default: 'limen',
      pattern: '^[^+#/$\\s\\u0000-\\u001f][^+#\\s\\u0000-\\u001f]{0,127}$',
      form: 'a topic prefix without `+`, `#` or blanks',
      reload: 'restart',
      description: 'First level of every topic.',
    }),
    protocol: Type.Enum(['auto', '5', '3.1.1'], {
      default: 'auto',
      reload: 'restart',
      description: '`auto`: MQTT 5, else 3.1.1.',
    }),
    embeddedPort: Type.Integer({
      default: 1883,
      minimum: 0,
      maximum: 65_535,
      reload: 'restart',
      description: 'Port of the embedded broker on 127.0.0.1; 0 takes a free one. Unused when `url` is set.',
    }),
    facesHz: Type.Number({
      default: 5,
      minimum: 0,
      maximum: 30,
      unit: 'Hz',
      reload: 'restart',
      description: 'How often the faces in view are published at most; 0 never.',
    }),
    verbs: Type.Array(Type.Enum([...REQUEST_VERB_NAMES]), {
      default: [],
      example: ['unlock', 'lock'],
      reload: 'restart',
      description:
        'Requests over MQTT that may change something: `enroll`, `remove`, `reset`, `lock`, `unlock`, `mode`. The others need not be named.',
    }),
    trustBroker: Type.Boolean({
      default: false,
      reload: 'restart',
      description:
        'Whoever the broker lets publish a request counts as a technician; otherwise each request carries a token.',
    }),
    discovery: Type.Boolean({
      default: true,
      reload: 'restart',
      description: 'Announces the doors to Home Assistant, under `homeassistant/`.',
    }),
    ca: pem('PEM file with the authority that signed the broker.'),
    cert: pem('PEM file with our client certificate.'),
    key: pem("PEM file with the client certificate's key."),
  },
  { description: 'Where events go.' },
);

export type MqttConfig = Static<typeof MqttSchema>;

/** What the schema cannot say. */
export function mqttProblems(mqtt: MqttConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (mqtt.url !== undefined && !URL.canParse(mqtt.url)) {
    problems.push({ path: ['mqtt', 'url'], message: 'is not a URL that can be read (value not shown)' });
  }
  if ((mqtt.cert === undefined) !== (mqtt.key === undefined)) {
    const [given, missing] = mqtt.cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    problems.push({ path: ['mqtt', given], message: `needs \`mqtt.${missing}\` as well` });
  }
  return problems;
}
