// Prints the payload that the real libnpmpublish would sign in this
// environment: node npm.cjs FOLDER-OF-NPM SUBJECT. Nothing is signed or sent.
const [folder, subject] = process.argv.slice(2)
const npm = require('node:module').createRequire(folder + '/package.json')
const lib = require('node:module').createRequire(npm.resolve('libnpmpublish/package.json'))
const signer = lib.resolve('sigstore')
require.cache[signer] = { id: signer, filename: signer, loaded: true, exports: { attest: async payload => payload } }
lib('./lib/provenance.js').generateProvenance([JSON.parse(subject)], {})
  .then(payload => process.stdout.write(payload))
