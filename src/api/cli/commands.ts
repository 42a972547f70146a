import { LimenError } from '../../core/errors.ts';
import { CALIBRATE } from './calibrate-command.ts';
import { type Command, personRef } from './command.ts';
import { EVALUATE } from './evaluate-command.ts';
import { KEEPING_COMMANDS } from './keeping-commands.ts';
import { MODE } from './mode-command.ts';
import { RELAY_COMMANDS } from './relay-commands.ts';
import { BENCH, DOCTOR, EVENTS, IMPORT } from './site-commands.ts';
import { TOKEN_COMMANDS } from './token-commands.ts';

const IMAGES = { min: 1, max: 1_000 };

/** Every verb, in the order of help. */
export const COMMANDS: readonly Command[] = [
  {
    name: ['run'],
    summary: 'run the daemon',
    examples: ['limen run', 'limen run --config /etc/limen/limen.yaml'],
    read: (_, common) => ({ verb: 'run', args: common }),
  },
  {
    name: ['demo'],
    summary: 'the daemon with a camera, broker and relay of its own; ends by itself',
    examples: ['limen demo', 'limen demo --json'],
    notes:
      'Exits 0 when a grant, a denial and a relay pulse were seen and the broker delivered the same events.',
    read: (_, common) => ({ verb: 'demo', args: common }),
  },
  {
    name: ['watch'],
    summary: 'recognise on a source and print events; moves no relay',
    examples: [
      'limen watch --source file:///clip.mp4 --once --json',
      'limen watch --source v4l2:///dev/video0 --stats',
    ],
    options: {
      source: { type: 'string', value: 'URI', help: 'camera; else the configured ones' },
      once: { type: 'boolean', help: 'end with the source' },
      realtime: { type: 'boolean', help: '=false: every frame, on the clock of the source' },
      stats: { type: 'boolean', help: 'what each stage took' },
    },
    read: (given, common) => {
      const source = given.text('source');
      return {
        verb: 'watch',
        args: {
          ...common,
          ...(source === undefined ? {} : { source }),
          once: given.flag('once'),
          realtime: given.flag('realtime', true),
          stats: given.flag('stats'),
        },
      };
    },
  },
  {
    name: ['enroll'],
    summary: 'enrol a person from photographs',
    examples: [
      'limen enroll default/anna anna.jpg',
      'limen enroll staff/17 front.jpg side.jpg --name "Anna B."',
      'limen enroll default/anna --camera front',
    ],
    words: { help: 'GALLERY/ID [IMAGE…]', min: 1, max: 1_000 },
    options: {
      camera: { type: 'string', value: 'DOOR', help: 'whoever stands before it; the daemon must run' },
      name: { type: 'string', value: 'NAME', help: 'name shown beside the id' },
      force: { type: 'boolean', help: 'although the face is enrolled under another id' },
    },
    read: (given, common) => {
      const [person = '', ...images] = given.words;
      const [name, camera] = [given.text('name'), given.text('camera')];
      if ((camera === undefined) === (images.length === 0)) {
        throw new LimenError(
          'usage',
          '`limen enroll` needs GALLERY/ID IMAGE…, or --camera DOOR instead of pictures',
        );
      }
      return {
        verb: 'enroll',
        args: {
          ...common,
          person: personRef(person),
          images,
          ...(camera === undefined ? {} : { camera }),
          ...(name === undefined ? {} : { name }),
          force: given.flag('force'),
        },
      };
    },
  },
  IMPORT,
  {
    name: ['identify'],
    summary: 'say who is in a picture',
    examples: ['limen identify visitor.jpg', 'limen identify *.jpg --json'],
    words: { help: 'IMAGE…', ...IMAGES },
    read: (given, common) => ({ verb: 'identify', args: { ...common, images: given.words } }),
  },
  {
    name: ['people'],
    summary: 'list who is enrolled',
    examples: ['limen people', 'limen people staff --json'],
    words: { help: '[GALLERY]', min: 0, max: 1 },
    read: ({ words: [gallery] }, common) => ({
      verb: 'people',
      args: gallery === undefined ? common : { ...common, gallery },
    }),
  },
  {
    name: ['remove'],
    summary: 'remove a person and every template of theirs',
    examples: ['limen remove default/anna'],
    words: { help: 'GALLERY/ID', min: 1, max: 1 },
    read: ({ words: [person = ''] }, common) => ({
      verb: 'remove',
      args: { ...common, person: personRef(person) },
    }),
  },
  EVALUATE,
  CALIBRATE,
  EVENTS,
  BENCH,
  DOCTOR,
  {
    name: ['models', 'list'],
    summary: 'list the model packs and what is installed',
    examples: ['limen models list'],
    read: (_, common) => ({ verb: 'modelsList', args: common }),
  },
  {
    name: ['models', 'compile'],
    summary: "compile a pack's models now instead of at the first start",
    examples: ['limen models compile human'],
    words: { help: '[PACK]', min: 0, max: 1 },
    read: ({ words }, common) => ({ verb: 'modelsCompile', args: withPack(words, common) }),
  },
  {
    name: ['models', 'pull'],
    summary: "download a pack's models, checked by sha256",
    examples: ['limen models pull recommended', 'limen models pull recommended --from /media/usb/models'],
    words: { help: '[PACK]', min: 0, max: 1 },
    options: {
      from: {
        type: 'string',
        value: 'DIR|URL',
        help: 'take the files from here, for sites without internet',
      },
    },
    read: (given, common) => {
      const from = given.text('from');
      const args = withPack(given.words, common);
      return { verb: 'modelsPull', args: from === undefined ? args : { ...args, from } };
    },
  },
  {
    name: ['models', 'verify'],
    summary: 'check installed models against their sha256',
    examples: ['limen models verify', 'limen models verify recommended'],
    words: { help: '[PACK]', min: 0, max: 1 },
    read: ({ words }, common) => ({ verb: 'modelsVerify', args: withPack(words, common) }),
  },
  ...KEEPING_COMMANDS,
  ...TOKEN_COMMANDS,
  MODE,
  ...RELAY_COMMANDS,
  {
    name: ['config', 'check'],
    summary: 'test the configuration',
    examples: ['limen config check', 'limen config check --config limen.yaml'],
    read: (_, common) => ({ verb: 'configCheck', args: common }),
  },
  {
    name: ['config', 'print'],
    summary: 'print the configuration in force, defaults included, passwords not',
    examples: ['limen config print'],
    read: (_, common) => ({ verb: 'configPrint', args: common }),
  },
  {
    name: ['config', 'schema'],
    summary: 'print the JSON Schema of the configuration, for editors',
    examples: ['limen config schema > schema.json'],
    read: (_, common) => ({ verb: 'configSchema', args: common }),
  },
];

/** `models pull NAME` and `models pull --pack NAME` are the same. */
function withPack<T extends object>([pack]: readonly string[], common: T): T & { pack?: string } {
  return pack === undefined ? common : { ...common, pack };
}
