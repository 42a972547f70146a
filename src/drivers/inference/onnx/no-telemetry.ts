/**
 * Official builds of ONNX Runtime from 1.29 on report to their maker: sessions, model names and hashes, and a device id
 * that they keep in the home directory. The library reads this variable from the process when it makes its
 * environment. In a worker thread `process.env` is a copy that it does not see, so whoever starts the thread calls
 * this first.
 */
export function silenceTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

silenceTelemetry();
