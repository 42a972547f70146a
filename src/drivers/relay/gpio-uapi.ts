import { endianness } from 'node:os';

/**
 * The part of the kernel's GPIO character device interface, version 2 (linux/gpio.h, since 5.10), that one line
 * needs. Layouts are the same on 32 and 64 bits: the header pads them on purpose. A test compares every
 * figure here with what a C compiler makes of the header.
 */
export const GPIO_UAPI = {
  /** _IOR(0xB4, 0x01, struct gpiochip_info) */
  GET_CHIPINFO: 0x8044b401,
  /** _IOWR(0xB4, 0x05, struct gpio_v2_line_info) */
  GET_LINEINFO: 0xc100b405,
  /** _IOWR(0xB4, 0x07, struct gpio_v2_line_request) */
  GET_LINE: 0xc250b407,
  /** _IOWR(0xB4, 0x0E, struct gpio_v2_line_values) */
  GET_VALUES: 0xc010b40e,
  /** _IOWR(0xB4, 0x0F, struct gpio_v2_line_values) */
  SET_VALUES: 0xc010b40f,
  /** sizeof, bytes */
  size: { chipInfo: 68, lineInfo: 256, lineRequest: 592, lineValues: 16, lineEvent: 48 },
  /** offsetof, bytes */
  offset: {
    chipInfo: { name: 0, label: 32, lines: 64 },
    lineInfo: { name: 0, consumer: 32, offset: 64, flags: 72 },
    lineRequest: {
      offsets: 0,
      consumer: 256,
      configFlags: 288,
      configNumAttrs: 296,
      attr0Id: 320,
      attr0Values: 328,
      attr0Mask: 336,
      numLines: 560,
      fd: 588,
    },
    lineValues: { bits: 0, mask: 8 },
    lineEvent: { id: 8, lineSeqno: 20 },
  },
  flag: {
    ACTIVE_LOW: 1n << 1n,
    INPUT: 1n << 2n,
    OUTPUT: 1n << 3n,
    EDGE_RISING: 1n << 4n,
    EDGE_FALLING: 1n << 5n,
    BIAS_PULL_UP: 1n << 8n,
    BIAS_PULL_DOWN: 1n << 9n,
    BIAS_DISABLED: 1n << 10n,
  },
  ATTR_ID_OUTPUT_VALUES: 2,
  ATTR_ID_DEBOUNCE: 3,
  EVENT_RISING_EDGE: 1,
  /** Longest name, label or consumer, with its terminating zero. */
  MAX_NAME: 32,
} as const;

export type LineBias = 'as-is' | 'pull-up' | 'pull-down' | 'disabled';

export interface RequestedLine {
  /** Line of the chip, from 0. */
  readonly offset: number;
  readonly activeLow: boolean;
  readonly bias: LineBias;
  /** Shown by `gpioinfo` while the line is held; ASCII, cut to 31 bytes. */
  readonly consumer: string;
}

const LITTLE = endianness() === 'LE';
const { offset, size, flag } = GPIO_UAPI;

const BIAS_FLAGS: Record<LineBias, bigint> = {
  'as-is': 0n,
  'pull-up': flag.BIAS_PULL_UP,
  'pull-down': flag.BIAS_PULL_DOWN,
  disabled: flag.BIAS_DISABLED,
};

/**
 * `struct gpio_v2_line_request` for one output. The inactive value is part of the request, so that the line takes
 * direction and safe level in one step, without a glitch.
 */
export function encodeLineRequest(line: RequestedLine): Uint8Array {
  const { bytes, view } = lineRequest(line, flag.OUTPUT);
  const at = offset.lineRequest;
  view.setUint32(at.configNumAttrs, 1, LITTLE);
  view.setUint32(at.attr0Id, GPIO_UAPI.ATTR_ID_OUTPUT_VALUES, LITTLE);
  view.setBigUint64(at.attr0Values, 0n, LITTLE);
  view.setBigUint64(at.attr0Mask, 1n, LITTLE);
  return bytes;
}

/**
 * `struct gpio_v2_line_request` for one input that reports both edges, debounced by the kernel (or the chip) when
 * `debounceUs` is not 0.
 */
export function encodeInputRequest(line: RequestedLine, debounceUs: number): Uint8Array {
  const { bytes, view } = lineRequest(line, flag.INPUT | flag.EDGE_RISING | flag.EDGE_FALLING);
  if (debounceUs <= 0) return bytes;
  const at = offset.lineRequest;
  view.setUint32(at.configNumAttrs, 1, LITTLE);
  view.setUint32(at.attr0Id, GPIO_UAPI.ATTR_ID_DEBOUNCE, LITTLE);
  view.setUint32(at.attr0Values, debounceUs, LITTLE); // the same union, here 32 bits
  view.setBigUint64(at.attr0Mask, 1n, LITTLE);
  return bytes;
}

function lineRequest(line: RequestedLine, flags: bigint): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(size.lineRequest);
  const view = new DataView(bytes.buffer);
  const at = offset.lineRequest;
  view.setUint32(at.offsets, line.offset, LITTLE);
  bytes.set(new TextEncoder().encode(line.consumer).subarray(0, GPIO_UAPI.MAX_NAME - 1), at.consumer);
  const polarity = line.activeLow ? flag.ACTIVE_LOW : 0n;
  view.setBigUint64(at.configFlags, flags | polarity | BIAS_FLAGS[line.bias], LITTLE);
  view.setUint32(at.numLines, 1, LITTLE);
  return { bytes, view };
}

/** Whether the first line of a request is active, as `GET_VALUES` filled it in. */
export function decodeLineValue(values: Uint8Array): boolean {
  return (viewOf(values).getBigUint64(offset.lineValues.bits, LITTLE) & 1n) === 1n;
}

/** One `struct gpio_v2_line_event`: active after it, and its number among the line's events, from 1. */
export function decodeLineEvent(event: Uint8Array): { active: boolean; seqno: number } {
  const view = viewOf(event);
  const at = offset.lineEvent;
  return {
    active: view.getUint32(at.id, LITTLE) === GPIO_UAPI.EVENT_RISING_EDGE,
    seqno: view.getUint32(at.lineSeqno, LITTLE),
  };
}

/** The file descriptor that the kernel wrote into the request. */
export function decodeLineFd(request: Uint8Array): number {
  return viewOf(request).getInt32(offset.lineRequest.fd, LITTLE);
}

/** `struct gpio_v2_line_values` for the first line of a request. */
export function encodeLineValues(active: boolean): Uint8Array {
  const bytes = new Uint8Array(size.lineValues);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(offset.lineValues.bits, active ? 1n : 0n, LITTLE);
  view.setBigUint64(offset.lineValues.mask, 1n, LITTLE);
  return bytes;
}

export function decodeChipInfo(bytes: Uint8Array): { name: string; label: string; lines: number } {
  const at = offset.chipInfo;
  return {
    name: text(bytes, at.name),
    label: text(bytes, at.label),
    lines: viewOf(bytes).getUint32(at.lines, LITTLE),
  };
}

/** `struct gpio_v2_line_info` that asks about one line. */
export function encodeLineInfo(line: number): Uint8Array {
  const bytes = new Uint8Array(size.lineInfo);
  new DataView(bytes.buffer).setUint32(offset.lineInfo.offset, line, LITTLE);
  return bytes;
}

/** Who holds the line; empty when nobody says. */
export function decodeConsumer(lineInfo: Uint8Array): string {
  return text(lineInfo, offset.lineInfo.consumer);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array, from: number): string {
  const field = bytes.subarray(from, from + GPIO_UAPI.MAX_NAME);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
