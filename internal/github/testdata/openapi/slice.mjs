// Cuts the paths named on the command line, and what they refer to, out of
// GitHub's OpenAPI description:
//   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
//   node slice.mjs package/generated/api.github.com.json PATH… > code-scanning.json
import { readFileSync } from "node:fs";

const [file, ...paths] = process.argv.slice(2);
const all = JSON.parse(readFileSync(file, "utf8"));
const out = { openapi: all.openapi, info: all.info, servers: all.servers, paths: {}, components: {} };

const seen = new Set();
function follow(value) {
  if (value === null || typeof value !== "object") return;
  // "description" is also the name of properties, and responses must have one.
  if (typeof value.description === "string" && ["type", "in", "operationId", "properties", "anyOf", "oneOf", "allOf"].some((k) => k in value)) delete value.description;
  delete value.examples; // other people's prose and data; the shapes are the facts
  if (typeof value.type === "string") delete value.example; // the same; one of a snapshot does not fit its own schema
  for (const [key, inner] of Object.entries(value)) {
    if (key === "$ref" && !seen.has(inner) && !inner.startsWith("#/components/examples/")) {
      seen.add(inner);
      const [, , section, name] = inner.split("/");
      const target = all.components[section][name];
      (out.components[section] ??= {})[name] = target;
      follow(target);
    } else follow(inner);
  }
}
for (const path of paths) {
  if (!all.paths[path]) throw new Error(`no path ${path}`);
  out.paths[path] = all.paths[path];
  follow(out.paths[path]);
}
process.stdout.write(JSON.stringify(out, null, 1) + "\n");
