// Makes the fixtures beside it from a tree written by hand, with npm's own
// code for writing lockfiles (versions 1, 2 and 3), offline:
//   node make.cjs "$(npm root -g)"
// The packages exist nowhere; their digests are of nothing.
const fs = require('fs'), os = require('os'), path = require('path');
const Arborist = require(process.argv[2] + '/npm/node_modules/@npmcli/arborist');

const registry = 'https://registry.npmjs.org/';
const integrity = 'sha512-' + Buffer.alloc(64, 7).toString('base64');
const tarball = (name, version) => registry + name + '/-/' + name.split('/').pop() + '-' + version + '.tgz';
const pkg = (name, version, more = {}) => ({
  name, version, license: 'MIT', _resolved: tarball(name, version), _integrity: integrity, ...more });

const root = {
  name: 'tricky', version: '1.0.0', license: 'Apache-2.0', workspaces: ['packages/*'],
  dependencies: {
    alias: 'npm:real@^1.0.0', twice: '^2.0.0', cycle: '^1.0.0', host: '^1.0.0', bundler: '^1.0.0', over: '^1.0.0',
    '@scope/member': '^1.0.0', git: 'github:owner/git#semver:^1.0.0' },
  optionalDependencies: { native: '^1.0.0' },
  devDependencies: { tool: '^1.0.0' },
  overrides: { over: { deep: '2.0.0' } },
};
const tree = {
  'package.json': root,
  'node_modules/alias': pkg('real', '1.2.0', { dependencies: { twice: '^1.0.0' } }),
  'node_modules/alias/node_modules/twice': pkg('twice', '1.9.0', { deprecated: 'use version 2' }),
  'node_modules/twice': pkg('twice', '2.0.1'),
  'node_modules/cycle': pkg('cycle', '1.0.0', { dependencies: { 'cycle-back': '*' } }),
  'node_modules/cycle-back': pkg('cycle-back', '1.0.0', { dependencies: { cycle: '1' } }),
  'node_modules/host': pkg('host', '1.0.0', {
    peerDependencies: { plugin: '^1.0.0', ghost: '*' }, peerDependenciesMeta: { ghost: { optional: true } } }),
  'node_modules/plugin': pkg('plugin', '1.0.0', { dependencies: { shared: '^1.0.0' } }),
  'node_modules/bundler': pkg('bundler', '1.0.0', { dependencies: { inside: '1' }, bundleDependencies: ['inside'] }),
  'node_modules/bundler/node_modules/inside': { name: 'inside', version: '1.0.0', license: 'ISC' },
  'node_modules/over': pkg('over', '1.0.0', { dependencies: { deep: '^1.0.0' } }),
  'node_modules/deep': pkg('deep', '2.0.0'),
  'node_modules/native': pkg('native', '1.0.0', { os: ['darwin'], cpu: ['x64', 'arm64'], scripts: { install: 'node-gyp rebuild' }, dependencies: { shared: '*', only: '*' } }),
  'node_modules/only': pkg('only', '1.0.0'),
  'node_modules/tool': pkg('tool', '1.0.0', { engines: { node: '>=18' }, dependencies: { shared: '*', only: '*', devonly: '*' } }),
  'node_modules/devonly': pkg('devonly', '1.0.0-rc.1+build.5', { license: '(MIT OR GPL-3.0)' }),
  'node_modules/shared': pkg('shared', '1.5.0'),
  'node_modules/stray': pkg('stray', '1.0.0'),
  'node_modules/git': pkg('git', '1.0.0', { _resolved: 'git+ssh://git@github.com/owner/git.git#' + 'c0ffee'.repeat(7).slice(0, 40), _integrity: undefined }),
  'packages/member': { name: '@scope/member', version: '1.0.0', license: 'MIT', dependencies: { twice: '^1.5.0' }, devDependencies: { other: '*', memberdev: '*' } },
  'packages/member/node_modules/twice': pkg('twice', '1.8.0'),
  'packages/other': { name: 'other', version: '0.1.0', license: 'MIT', dependencies: { shared: '^1.0.0' } },
  'node_modules/memberdev': pkg('memberdev', '1.0.0'),
};
const links = { 'node_modules/@scope/member': '../../packages/member', 'node_modules/other': '../packages/other' };

async function make(version) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tricky-'));
  for (const [at, content] of Object.entries(tree)) {
    const file = at.endsWith('.json') ? at : at + '/package.json';
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    const json = { ...content };
    if (version === 1) delete json.workspaces; // npm 6 had none
    fs.writeFileSync(path.join(dir, file), JSON.stringify(json, null, 2) + '\n');
  }
  for (const [at, to] of Object.entries(links)) {
    fs.mkdirSync(path.dirname(path.join(dir, at)), { recursive: true });
    fs.symlinkSync(to, path.join(dir, at));
  }
  const actual = await new Arborist({ path: dir }).loadActual({ forceActual: true });
  for (const n of actual.inventory.values()) { // npm drops _ fields of installed packages
    const { _resolved = null, _integrity = null } = tree[n.location] || {};
    if (!n.isLink && _resolved) Object.assign(n, { resolved: _resolved, integrity: _integrity });
  }
  actual.meta.lockfileVersion = version;
  actual.meta.filename = path.join(dir, 'package-lock.json');
  await actual.meta.save();
  const out = path.join(__dirname, 'tricky-v' + version);
  fs.mkdirSync(out, { recursive: true });
  for (const f of ['package.json', 'package-lock.json']) fs.copyFileSync(path.join(dir, f), path.join(out, f));
  fs.rmSync(dir, { recursive: true });
}
make(1).then(() => make(2)).then(() => make(3));
