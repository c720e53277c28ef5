// Writes berryextension.json: the package extensions that yarn 2 and later has in
// its own program (plugin-compat), one a line, as the npm package
// @yarnpkg/extensions lists them. It is run by go generate; the same version of
// that package gives the same bytes. It is no part of the gate.
//
//   npm install --no-save --ignore-scripts --legacy-peer-deps --prefix DIR @yarnpkg/extensions
//   YARN_EXTENSIONS=DIR go generate ./internal/lockfile
const fs = require('fs');
const path = require('path');

const from = path.join(process.env.YARN_EXTENSIONS, 'node_modules', '@yarnpkg', 'extensions');
const { version } = JSON.parse(fs.readFileSync(path.join(from, 'package.json'), 'utf8'));
const { packageExtensions } = require(from);

const lines = packageExtensions.map(([selector, extension]) => {
  for (const field of Object.keys(extension)) {
    if (!['dependencies', 'peerDependencies', 'peerDependenciesMeta'].includes(field)) {
      throw new Error(`${selector}: ${field} is not known here`);
    }
  }
  return `    ${JSON.stringify([selector, extension])}`;
});
fs.writeFileSync(process.argv[2], `{\n  "from": "@yarnpkg/extensions@${version}",\n  "extensions": [\n${lines.join(',\n')}\n  ]\n}\n`);
