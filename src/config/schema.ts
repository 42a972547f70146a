import type { Static } from 'typebox';
import Type from 'typebox';
import { AccessSchema } from './access.ts';
import { AccountsSchema, MailSchema } from './accounts.ts';
import { DeviceSchema, JournalSchema, LogSchema, StoreSchema } from './daemon.ts';
import { CameraSchema, DoorSchema, DoorsSchema } from './doors.ts';
import { HttpSchema } from './http.ts';
import { type KeySchema, keySchema } from './key.ts';
import { InferenceSchema, ModelsSchema, VisionSchema } from './models.ts';
import { MqttSchema } from './mqtt.ts';
import { CalendarSchema, SchedulesSchema } from './schedules.ts';

/** The whole file with every default filled in. */
export const FileSchema = Type.Object(
  {
    device: DeviceSchema,
    camera: CameraSchema,
    door: DoorSchema,
    access: AccessSchema,
    doors: DoorsSchema,
    calendar: CalendarSchema,
    schedules: SchedulesSchema,
    models: ModelsSchema,
    inference: InferenceSchema,
    vision: VisionSchema,
    mqtt: MqttSchema,
    http: HttpSchema,
    accounts: AccountsSchema,
    mail: MailSchema,
    store: StoreSchema,
    journal: JournalSchema,
    log: LogSchema,
  },
  { additionalProperties: false },
);

export type FileConfig = Static<typeof FileSchema>;

/** A key that need not be written: it has a default, or is a section whose keys have. */
function mayBeLeftOut(schema: KeySchema): boolean {
  return schema.default !== undefined || schema.type === 'object';
}

function relax(schema: KeySchema): KeySchema {
  const properties =
    schema.properties &&
    Object.fromEntries(Object.entries(schema.properties).map(([key, child]) => [key, relax(child)]));
  const required = schema.required?.filter((key) => {
    const child = schema.properties?.[key];
    return child !== undefined && !mayBeLeftOut(child);
  });
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties }),
    ...(required === undefined ? {} : { required }),
    ...(schema.items === undefined || Array.isArray(schema.items)
      ? {}
      : { items: relax(schema.items as KeySchema) }),
  };
}

/** What a person may write, as JSON Schema (draft 7): the schema above with everything optional that has a default. */
export const INPUT_SCHEMA: KeySchema = relax(JSON.parse(JSON.stringify(keySchema(FileSchema))) as KeySchema);

/** `config/schema.json`, for editors. */
export function jsonSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Limen configuration',
    ...INPUT_SCHEMA,
  };
}
