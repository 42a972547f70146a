import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, LimenError } from '../../core/errors.ts';
import { decodeChipInfo, decodeConsumer, decodeLineFd, encodeLineInfo, GPIO_UAPI } from './gpio-uapi.ts';
import { callIoctl } from './ioctl.ts';

export interface ChipLine {
  /** `gpiochip0`, or the label of a chip as `gpiodetect` shows it. */
  readonly chip: string;
  readonly line: number;
}

interface Where {
  /** Directory of the devices. */
  readonly devices: string;
  /** The code of what is thrown. */
  readonly refusal: ErrorCode;
}

/**
 * Asks the kernel for one line; `request` is a `struct gpio_v2_line_request`. The descriptor returned is the caller's,
 * close-on-exec. @throws LimenError with the code of `where`, naming chip, line and the fix
 */
export function requestLine(target: ChipLine, request: Uint8Array, where: Where): number {
  const chip = openChip(target.chip, where);
  try {
    return requestFrom(chip, target, request, where);
  } finally {
    closeSync(chip);
  }
}

function openChip(wanted: string, where: Where): number {
  if (/^gpiochip\d+$/.test(wanted)) return openDevice(wanted, where);
  const labels: string[] = [];
  for (const device of chipsIn(where)) {
    const fd = openDevice(device, where);
    const { label } = chipInfo(fd) ?? { label: '' };
    if (label === wanted) return fd;
    closeSync(fd);
    labels.push(`${device} [${label}]`);
  }
  const found = labels.length > 0 ? `there are ${labels.join(', ')}` : `no ${where.devices}/gpiochip* exists`;
  throw new LimenError(where.refusal, `no GPIO chip is labelled "${wanted}"; ${found}`);
}

function chipsIn({ devices }: Where): readonly string[] {
  return readdirSync(devices).filter((name) => /^gpiochip\d+$/.test(name));
}

function openDevice(device: string, where: Where): number {
  const path = join(where.devices, device);
  try {
    // Node adds O_CLOEXEC to every descriptor it opens.
    return openSync(path, constants.O_RDWR);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      const found = chipsIn(where).join(', ');
      throw new LimenError(where.refusal, `${path} does not exist; found: ${found || 'no GPIO chip'}`);
    }
    const who = `uid ${process.getuid?.() ?? '?'}`;
    const denied = code === 'EACCES' || code === 'EPERM';
    const why = denied ? `may not be opened by ${who} (${code})` : `cannot be opened: ${code}`;
    throw new LimenError(where.refusal, `${path} ${why}`, { cause });
  }
}

function requestFrom(chip: number, target: ChipLine, request: Uint8Array, { refusal }: Where): number {
  const { line } = target;
  const info = chipInfo(chip);
  const named = `line ${line} of ${target.chip}`;
  if (info === undefined) throw new LimenError(refusal, `${target.chip} is not a GPIO chip`);
  if (line >= info.lines) {
    const range = `${info.name} [${info.label}] has lines 0 to ${info.lines - 1}`;
    throw new LimenError(refusal, `${named} does not exist: ${range}`);
  }
  const failure = callIoctl(chip, GPIO_UAPI.GET_LINE, request);
  const fd = decodeLineFd(request);
  if (failure === undefined && fd > 0) return fd;
  throw new LimenError(refusal, `${named} ${explain(failure ?? 'no descriptor', chip, line)}`);
}

function chipInfo(chip: number): ReturnType<typeof decodeChipInfo> | undefined {
  const bytes = new Uint8Array(GPIO_UAPI.size.chipInfo);
  return callIoctl(chip, GPIO_UAPI.GET_CHIPINFO, bytes) === undefined ? decodeChipInfo(bytes) : undefined;
}

function explain(failure: string, chip: number, line: number): string {
  switch (failure) {
    case 'EBUSY': {
      const info = encodeLineInfo(line);
      const consumer =
        callIoctl(chip, GPIO_UAPI.GET_LINEINFO, info) === undefined ? decodeConsumer(info) : '';
      return `is in use${consumer ? ` by "${consumer}"` : ''} (EBUSY)`;
    }
    case 'EPERM':
    case 'EACCES':
      return `may not be used by this user (${failure})`;
    case 'ENOTTY':
    case 'EINVAL':
      return `was refused (${failure}): the kernel is older than 5.10, or the chip cannot do this direction, bias or debouncing`;
    default:
      return `could not be requested: ${failure}`;
  }
}
