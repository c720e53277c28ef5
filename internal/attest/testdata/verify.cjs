// Checks provenance as the real `npm publish --provenance-file` does, with a
// trusted root that is given instead of fetched:
// node verify.cjs FOLDER-OF-NPM TRUSTED-ROOT BUNDLE NAME SHA512
const [folder, root, bundle, name, sha512] = process.argv.slice(2)
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const npm = createRequire(folder + '/package.json')
const lib = createRequire(npm.resolve('libnpmpublish/package.json'))
const signer = lib.resolve('sigstore')
const sigstore = createRequire(signer)
const { bundleFromJSON } = sigstore('@sigstore/bundle')
const { Verifier, toSignedEntity, toTrustMaterial } = sigstore('@sigstore/verify')
const { TrustedRoot } = sigstore('@sigstore/protobuf-specs')
const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(readFileSync(root))))
const verify = async b => new Verifier(trust).verify(toSignedEntity(bundleFromJSON(b)))
require.cache[signer] = { id: signer, filename: signer, loaded: true, exports: { verify } }
lib('./lib/provenance.js').verifyProvenance({ name, digest: { sha512 } }, bundle)
  .catch(err => { console.error(err); process.exit(1) })
