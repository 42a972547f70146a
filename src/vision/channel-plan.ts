import type { InputSpec } from '../core/model-pack.ts';

interface Channel {
  /** Where this colour's value of a pixel stands, counted from the pixel's own position. */
  readonly offset: number;
  /** value · scale + shift is what the network expects. */
  readonly scale: number;
  readonly shift: number;
}

/** How red, green and blue of each pixel go into a network's input tensor. */
export interface ChannelPlan {
  /** Distance between neighbouring pixels of a row, floats. */
  readonly pixelStep: number;
  readonly r: Channel;
  readonly g: Channel;
  readonly b: Channel;
}

export function channelPlan(spec: InputSpec): ChannelPlan {
  const [pixelStep, channelStep] = spec.layout === 'NCHW' ? [1, spec.width * spec.height] : [3, 1];
  const channel = (position: 0 | 1 | 2): Channel => {
    const scale = 1 / spec.std[position];
    return { offset: position * channelStep, scale, shift: -spec.mean[position] * scale };
  };
  return spec.channels === 'RGB'
    ? { pixelStep, r: channel(0), g: channel(1), b: channel(2) }
    : { pixelStep, r: channel(2), g: channel(1), b: channel(0) };
}
