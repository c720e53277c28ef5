import pLimit from "p-limit";
import { request } from "undici";

const limit = pLimit(8);

/** Probes every service, eight at a time, and says which of them answer. */
export function probeAll(services) {
  return Promise.all(services.map((service) => limit(() => probe(service))));
}

async function probe({ name, url, timeout }) {
  const started = performance.now();
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(timeout) });
    await body.dump();
    return { name, up: statusCode < 500, statusCode, ms: Math.round(performance.now() - started) };
  } catch (error) {
    return { name, up: false, error: error.code ?? error.name, ms: Math.round(performance.now() - started) };
  }
}
