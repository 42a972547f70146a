import { closeSync } from 'node:fs';
import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { InputLine, InputListener } from '../../core/ports/door-input.ts';
import { EdgeReader } from './edge-reader.ts';
import { requestLine } from './gpio-chip.ts';
import {
  decodeLineValue,
  encodeInputRequest,
  encodeLineValues,
  GPIO_UAPI,
  type LineBias,
} from './gpio-uapi.ts';
import { callIoctl } from './ioctl.ts';

export interface GpiodInputTarget {
  readonly chip: string;
  readonly line: number;
  readonly activeLow: boolean;
  readonly bias: LineBias;
  readonly debounceMs: number;
}

/** An input line of the GPIO character device, debounced by the kernel. */
export class GpiodInput implements InputLine {
  readonly uri: string;
  readonly #target: GpiodInputTarget;
  readonly #clock: Clock;
  readonly #devices: string;
  #fd: number | undefined;
  #reader: EdgeReader | undefined;

  constructor(uri: string, target: GpiodInputTarget, clock: Clock, devices = '/dev') {
    this.uri = uri;
    this.#target = target;
    this.#clock = clock;
    this.#devices = devices;
  }

  async open(listener: InputListener): Promise<void> {
    await this.close();
    const { line, activeLow, bias, debounceMs } = this.#target;
    const request = encodeInputRequest(
      { offset: line, activeLow, bias, consumer: 'limen' },
      debounceMs * 1_000,
    );
    const where = { devices: this.#devices, refusal: 'input_unavailable' } as const;
    const fd = requestLine(this.#target, request, where);
    this.#fd = fd;
    const broken = (error: LimenError) => {
      void this.close();
      listener.lost(error);
    };
    let known: boolean | undefined;
    const tell = (active: boolean) => {
      if (active === known) return;
      known = active;
      listener.level(active);
    };
    const ask = () => {
      const values = encodeLineValues(false);
      const failure = callIoctl(fd, GPIO_UAPI.GET_VALUES, values);
      if (failure === undefined) tell(decodeLineValue(values));
      return failure;
    };
    const failure = ask();
    if (failure !== undefined) {
      await this.close();
      throw new LimenError('input_unavailable', `${this.uri} cannot be read: ${failure}`);
    }
    const onGap = () => {
      const lost = ask();
      if (lost !== undefined)
        broken(new LimenError('input_unavailable', `${this.uri} cannot be read: ${lost}`));
    };
    this.#reader = new EdgeReader({
      uri: this.uri,
      fd,
      clock: this.#clock,
      onEdge: tell,
      onGap,
      onBroken: broken,
    });
    this.#reader.start();
  }

  async close(): Promise<void> {
    this.#reader?.stop();
    this.#reader = undefined;
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}
