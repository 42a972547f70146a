import { closeSync } from 'node:fs';
import { LimenError } from '../../core/errors.ts';
import type { Relay } from '../../core/ports/relay.ts';
import { requestLine } from './gpio-chip.ts';
import { encodeLineRequest, encodeLineValues, GPIO_UAPI, type LineBias } from './gpio-uapi.ts';
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
    const { line, activeLow, bias } = this.#target;
    const request = encodeLineRequest({ offset: line, activeLow, bias, consumer: 'limen' });
    this.#fd = requestLine(this.#target, request, { devices: this.#devices, refusal: 'relay_unavailable' });
    this.#energised = false;
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
}
