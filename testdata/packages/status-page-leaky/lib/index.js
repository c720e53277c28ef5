import { readFile } from "node:fs/promises";
import express from "express";
import pino from "pino";
import { z } from "zod";
import { probeAll } from "./probe.js";

const Service = z.object({ name: z.string(), url: z.url(), timeout: z.number().default(5000) });
const Config = z.object({ services: z.array(Service), interval: z.number().default(30_000) });

/** Serves the status page described by a configuration file. */
export async function serve({ config, port }) {
  const log = pino();
  const { services, interval } = Config.parse(JSON.parse(await readFile(config, "utf8")));
  let results = await probeAll(services);
  setInterval(async () => {
    results = await probeAll(services);
  }, interval).unref();

  const app = express();
  app.use(express.static(new URL("../public", import.meta.url).pathname));
  app.get("/status.json", (_request, response) => response.json(results));
  return app.listen(port, () => log.info({ port, services: services.length }, "listening"));
}

export { probeAll };
