import sharp from 'sharp';

/*
 * The one place that configures libvips, whose settings are global to the process: every loader is blocked except
 * the four of the contract, for pictures in memory only; nothing is cached (uploads never repeat); and one thread
 * works on a picture, so that uploads cannot take the door's cores.
 */
sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});

export { sharp };
