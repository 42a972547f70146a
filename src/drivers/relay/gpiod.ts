import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { Relay } from '../../core/ports/relay.ts';
import {
  decodeChipInfo,
  decodeConsumer,
  decodeLineFd,
  encodeLineInfo,
  encodeLineRequest,
  encodeLineValues,
  GPIO_UAPI,
  type LineBias,
} from './gpio-uapi.ts';
import { callIoctl } from './ioctl.ts';

export interface GpiodTarget {
  /** `gpiochip0`, or the label of a chip as `gpiodetect` shows it. */
  readonly chip: string;
  readonly line: number;
  readonly activeLow: boolean;
  readonly bias: LineBias;
}

/**
 * A line of the GPIO character device. This process holds the line's descriptor, close-on-exec, so that the kernel
 * takes the line back when the process dies, whatever kills it. What the pin does after that is the board's:
 * most drivers leave it as it was driven until somebody requests it, hence the pull-down in the wiring and
 * `releaseRelay` after a crash.
 */
export class GpiodRelay implements Relay {
  readonly uri: string;
  readonly real = true;
  readonly #target: GpiodTarget;
  readonly #devices: string;
  #fd: number | undefined;
  #energised = false;

  constructor(uri: string, target: GpiodTarget, devices = '/dev') {
    this.uri = uri;
    this.#target = target;
    this.#devices = devices;
  }

  get energised(): boolean {
    return this.#energised;
  }

  async open(): Promise<void> {
    if (this.#fd !== undefined) return;
    const chip = this.#openChip();
    try {
      this.#fd = this.#requestLine(chip);
      this.#energised = false;
    } finally {
      closeSync(chip);
    }
  }

  async set(energised: boolean): Promise<void> {
    if (this.#fd === undefined) throw new LimenError('relay_fault', `${this.uri} is not open`);
    const failure = callIoctl(this.#fd, GPIO_UAPI.SET_VALUES, encodeLineValues(energised));
    if (failure !== undefined) {
      throw new LimenError(
        'relay_fault',
        `${this.uri} could not be ${energised ? 'set' : 'released'}: ${failure}`,
      );
    }
    this.#energised = energised;
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    // The line keeps its last level on most boards once it is given back, so that level must be the safe one.
    const failure = callIoctl(fd, GPIO_UAPI.SET_VALUES, encodeLineValues(false));
    closeSync(fd);
    if (failure !== undefined)
      throw new LimenError('relay_fault', `${this.uri} could not be released: ${failure}`);
    this.#energised = false;
  }

  #openChip(): number {
    if (/^gpiochip\d+$/.test(this.#target.chip)) return this.#openDevice(this.#target.chip);
    const labels: string[] = [];
    for (const device of this.#chips()) {
      const fd = this.#openDevice(device);
      const { label } = chipInfo(fd) ?? { label: '' };
      if (label === this.#target.chip) return fd;
      closeSync(fd);
      labels.push(`${device} [${label}]`);
    }
    const found =
      labels.length > 0 ? `there are ${labels.join(', ')}` : `no ${this.#devices}/gpiochip* exists`;
    throw new LimenError('relay_unavailable', `no GPIO chip is labelled "${this.#target.chip}"; ${found}`);
  }

  #chips(): readonly string[] {
    return readdirSync(this.#devices).filter((name) => /^gpiochip\d+$/.test(name));
  }

  #openDevice(device: string): number {
    const path = join(this.#devices, device);
    try {
      // Node adds O_CLOEXEC to every descriptor it opens.
      return openSync(path, constants.O_RDWR);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code === 'ENOENT') {
        const found = this.#chips().join(', ');
        throw new LimenError(
          'relay_unavailable',
          `${path} does not exist; found: ${found || 'no GPIO chip'}`,
        );
      }
      const who = `uid ${process.getuid?.() ?? '?'}`;
      const why =
        code === 'EACCES' || code === 'EPERM'
          ? `may not be opened by ${who} (${code})`
          : `cannot be opened: ${code}`;
      throw new LimenError('relay_unavailable', `${path} ${why}`, { cause });
    }
  }

  #requestLine(chip: number): number {
    const { line, activeLow, bias } = this.#target;
    const info = chipInfo(chip);
    const named = `line ${line} of ${this.#target.chip}`;
    if (info === undefined)
      throw new LimenError('relay_unavailable', `${this.#target.chip} is not a GPIO chip`);
    if (line >= info.lines) {
      throw new LimenError(
        'relay_unavailable',
        `${named} does not exist: ${info.name} [${info.label}] has lines 0 to ${info.lines - 1}`,
      );
    }
    const request = encodeLineRequest({ offset: line, activeLow, bias, consumer: 'limen' });
    const failure = callIoctl(chip, GPIO_UAPI.GET_LINE, request);
    const fd = decodeLineFd(request);
    if (failure === undefined && fd > 0) return fd;
    throw new LimenError('relay_unavailable', `${named} ${explain(failure ?? 'no descriptor', chip, line)}`);
  }
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
      return `may not be driven by this user (${failure})`;
    case 'ENOTTY':
    case 'EINVAL':
      return `was refused (${failure}): the kernel is older than 5.10, or the chip cannot do this output or bias`;
    default:
      return `could not be requested: ${failure}`;
  }
}
