import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  decodeChipInfo,
  decodeConsumer,
  decodeLineEvent,
  decodeLineFd,
  decodeLineValue,
  encodeInputRequest,
  encodeLineInfo,
  encodeLineRequest,
  encodeLineValues,
  GPIO_UAPI,
} from '../../../src/drivers/relay/gpio-uapi.ts';
import { scratch } from '../../fixtures/scratch.ts';

const directory = scratch();

function missing(): string | false {
  if (!existsSync('/usr/include/linux/gpio.h'))
    return 'linux/gpio.h is missing (apt-get install linux-libc-dev)';
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'gcc is missing (apt-get install gcc libc6-dev)';
  }
}
const skip = missing();

/** Prints what the compiler makes of the header, then the structures that the driver sends, in hex. */
const PROGRAM = `
#include <linux/gpio.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#define FIGURE(key, value) printf("%s %llu\\n", key, (unsigned long long)(value))
static void hex(const char *key, const void *at, size_t size) {
  printf("%s ", key);
  for (size_t i = 0; i < size; i++) printf("%02x", ((const unsigned char *)at)[i]);
  printf("\\n");
}
int main(void) {
  FIGURE("GET_CHIPINFO", (unsigned)GPIO_GET_CHIPINFO_IOCTL);
  FIGURE("GET_LINEINFO", (unsigned)GPIO_V2_GET_LINEINFO_IOCTL);
  FIGURE("GET_LINE", (unsigned)GPIO_V2_GET_LINE_IOCTL);
  FIGURE("GET_VALUES", (unsigned)GPIO_V2_LINE_GET_VALUES_IOCTL);
  FIGURE("SET_VALUES", (unsigned)GPIO_V2_LINE_SET_VALUES_IOCTL);
  FIGURE("size.chipInfo", sizeof(struct gpiochip_info));
  FIGURE("size.lineInfo", sizeof(struct gpio_v2_line_info));
  FIGURE("size.lineRequest", sizeof(struct gpio_v2_line_request));
  FIGURE("size.lineValues", sizeof(struct gpio_v2_line_values));
  FIGURE("size.lineEvent", sizeof(struct gpio_v2_line_event));
  FIGURE("offset.lineEvent.id", offsetof(struct gpio_v2_line_event, id));
  FIGURE("offset.lineEvent.lineSeqno", offsetof(struct gpio_v2_line_event, line_seqno));
  FIGURE("offset.chipInfo.name", offsetof(struct gpiochip_info, name));
  FIGURE("offset.chipInfo.label", offsetof(struct gpiochip_info, label));
  FIGURE("offset.chipInfo.lines", offsetof(struct gpiochip_info, lines));
  FIGURE("offset.lineInfo.name", offsetof(struct gpio_v2_line_info, name));
  FIGURE("offset.lineInfo.consumer", offsetof(struct gpio_v2_line_info, consumer));
  FIGURE("offset.lineInfo.offset", offsetof(struct gpio_v2_line_info, offset));
  FIGURE("offset.lineInfo.flags", offsetof(struct gpio_v2_line_info, flags));
  FIGURE("offset.lineRequest.offsets", offsetof(struct gpio_v2_line_request, offsets));
  FIGURE("offset.lineRequest.consumer", offsetof(struct gpio_v2_line_request, consumer));
  FIGURE("offset.lineRequest.configFlags", offsetof(struct gpio_v2_line_request, config.flags));
  FIGURE("offset.lineRequest.configNumAttrs", offsetof(struct gpio_v2_line_request, config.num_attrs));
  FIGURE("offset.lineRequest.attr0Id", offsetof(struct gpio_v2_line_request, config.attrs[0].attr.id));
  FIGURE("offset.lineRequest.attr0Values", offsetof(struct gpio_v2_line_request, config.attrs[0].attr.values));
  FIGURE("offset.lineRequest.attr0Mask", offsetof(struct gpio_v2_line_request, config.attrs[0].mask));
  FIGURE("offset.lineRequest.numLines", offsetof(struct gpio_v2_line_request, num_lines));
  FIGURE("offset.lineRequest.fd", offsetof(struct gpio_v2_line_request, fd));
  FIGURE("offset.lineValues.bits", offsetof(struct gpio_v2_line_values, bits));
  FIGURE("offset.lineValues.mask", offsetof(struct gpio_v2_line_values, mask));
  FIGURE("flag.ACTIVE_LOW", GPIO_V2_LINE_FLAG_ACTIVE_LOW);
  FIGURE("flag.INPUT", GPIO_V2_LINE_FLAG_INPUT);
  FIGURE("flag.EDGE_RISING", GPIO_V2_LINE_FLAG_EDGE_RISING);
  FIGURE("flag.EDGE_FALLING", GPIO_V2_LINE_FLAG_EDGE_FALLING);
  FIGURE("flag.OUTPUT", GPIO_V2_LINE_FLAG_OUTPUT);
  FIGURE("flag.BIAS_PULL_UP", GPIO_V2_LINE_FLAG_BIAS_PULL_UP);
  FIGURE("flag.BIAS_PULL_DOWN", GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN);
  FIGURE("flag.BIAS_DISABLED", GPIO_V2_LINE_FLAG_BIAS_DISABLED);
  FIGURE("ATTR_ID_OUTPUT_VALUES", GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES);
  FIGURE("ATTR_ID_DEBOUNCE", GPIO_V2_LINE_ATTR_ID_DEBOUNCE);
  FIGURE("EVENT_RISING_EDGE", GPIO_V2_LINE_EVENT_RISING_EDGE);
  FIGURE("MAX_NAME", GPIO_MAX_NAME_SIZE);

  struct gpio_v2_line_request request;
  memset(&request, 0, sizeof request);
  request.offsets[0] = 17;
  strcpy(request.consumer, "limen");
  request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN;
  request.config.num_attrs = 1;
  request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
  request.config.attrs[0].attr.values = 0;
  request.config.attrs[0].mask = 1;
  request.num_lines = 1;
  hex("request", &request, sizeof request);
  request.fd = 42;
  hex("answered", &request, sizeof request);

  struct gpio_v2_line_request input;
  memset(&input, 0, sizeof input);
  input.offsets[0] = 5;
  strcpy(input.consumer, "limen");
  input.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING
    | GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
  input.config.num_attrs = 1;
  input.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
  input.config.attrs[0].attr.debounce_period_us = 50000;
  input.config.attrs[0].mask = 1;
  input.num_lines = 1;
  hex("input", &input, sizeof input);

  struct gpio_v2_line_event event;
  memset(&event, 0, sizeof event);
  event.timestamp_ns = 123456789;
  event.id = GPIO_V2_LINE_EVENT_RISING_EDGE;
  event.offset = 5;
  event.seqno = 9;
  event.line_seqno = 7;
  hex("rising", &event, sizeof event);
  event.id = GPIO_V2_LINE_EVENT_FALLING_EDGE;
  hex("falling", &event, sizeof event);

  struct gpio_v2_line_values on = { .bits = 1, .mask = 1 }, off = { .bits = 0, .mask = 1 };
  hex("on", &on, sizeof on);
  hex("off", &off, sizeof off);

  struct gpio_v2_line_info line;
  memset(&line, 0, sizeof line);
  line.offset = 17;
  hex("lineInfo", &line, sizeof line);
  strcpy(line.consumer, "somebody");
  hex("lineInfoAnswered", &line, sizeof line);

  struct gpiochip_info chip;
  memset(&chip, 0, sizeof chip);
  strcpy(chip.name, "gpiochip0");
  memset(chip.label, 'x', sizeof chip.label);
  chip.lines = 54;
  hex("chip", &chip, sizeof chip);
  return 0;
}
`;

function compiled(): Map<string, string> {
  const source = join(directory, 'uapi.c');
  const program = join(directory, 'uapi');
  writeFileSync(source, PROGRAM);
  execFileSync('gcc', ['-Wall', '-Werror', '-o', program, source]);
  const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** `{ a: { b: 1n } }` → `a.b 1` */
function flatten(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, entry]) =>
    typeof entry === 'object' ? flatten(entry, `${prefix}${key}.`) : [[`${prefix}${key}`, String(entry)]],
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('every figure and every byte is what a C compiler makes of linux/gpio.h', { skip }, () => {
  const c = compiled();
  for (const [key, value] of flatten(GPIO_UAPI)) assert.equal(value, c.get(key), key);
  const line = { offset: 17, activeLow: true, bias: 'pull-down', consumer: 'limen' } as const;
  assert.equal(hex(encodeLineRequest(line)), c.get('request'));
  assert.equal(hex(encodeLineValues(true)), c.get('on'));
  assert.equal(hex(encodeLineValues(false)), c.get('off'));
  assert.equal(hex(encodeLineInfo(17)), c.get('lineInfo'));
  const input = { offset: 5, activeLow: false, bias: 'pull-up', consumer: 'limen' } as const;
  assert.equal(hex(encodeInputRequest(input, 50_000)), c.get('input'));
  const bytes = (key: string) => Buffer.from(c.get(key) ?? '', 'hex');
  assert.equal(decodeLineFd(bytes('answered')), 42);
  assert.deepEqual(decodeLineEvent(bytes('rising')), { active: true, seqno: 7 });
  assert.deepEqual(decodeLineEvent(bytes('falling')), { active: false, seqno: 7 });
  assert.deepEqual([decodeLineValue(bytes('on')), decodeLineValue(bytes('off'))], [true, false]);
  assert.equal(decodeConsumer(bytes('lineInfoAnswered')), 'somebody');
  assert.deepEqual(decodeChipInfo(bytes('chip')), { name: 'gpiochip0', label: 'x'.repeat(32), lines: 54 });
});

test('a consumer that is too long is cut and stays terminated', () => {
  const line = { offset: 0, activeLow: false, bias: 'as-is', consumer: 'c'.repeat(100) } as const;
  const request = encodeLineRequest(line);
  const at = GPIO_UAPI.offset.lineRequest.consumer;
  assert.equal(request[at + 30], 'c'.charCodeAt(0));
  assert.equal(request[at + 31], 0);
});
