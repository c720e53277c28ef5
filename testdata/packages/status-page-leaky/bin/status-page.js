#!/usr/bin/env node
import { program } from "commander";
import { serve } from "../lib/index.js";

program
  .name("status-page")
  .description("show which services answer")
  .option("-c, --config <file>", "services to probe", "services.json")
  .option("-p, --port <number>", "port to listen on", "8080")
  .parse();

const { config, port } = program.opts();
await serve({ config, port: Number(port) });
