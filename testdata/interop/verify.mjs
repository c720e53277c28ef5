// Verifies bundles with the @sigstore/verify that a package has:
//   node verify.mjs FOLDER TRUSTED-ROOT <QUESTIONS
// FOLDER has the package's package.json, or its node_modules. QUESTIONS is a list
// of {bundle, file, key, unlogged, san, issuer}; the answer is a list of "" for
// what verifies, and what is wrong with the others.
import { createRequire } from 'node:module'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [folder, rootFile] = process.argv.slice(2)
const sigstore = createRequire(createRequire(folder + '/package.json').resolve('sigstore'))
const { bundleFromJSON } = sigstore('@sigstore/bundle')
const { Verifier, toSignedEntity, toTrustMaterial } = sigstore('@sigstore/verify')
const { TrustedRoot } = sigstore('@sigstore/protobuf-specs')
const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(rootFile)))

function ask({ bundle, file, key, unlogged, san, issuer }) {
  const read = bundleFromJSON(JSON.parse(readFileSync(bundle)))
  const entity = toSignedEntity(read, read.content.$case === 'messageSignature' ? readFileSync(file) : undefined)
  const publicKey = key && createPublicKey(readFileSync(key))
  const trust = toTrustMaterial(root, key && (() => ({ publicKey, validFor: () => true })))
  const none = { tlogThreshold: 0, timestampThreshold: 0 }
  const policy = key ? undefined : { subjectAlternativeName: san, extensions: { issuer } }
  new Verifier(trust, unlogged ? none : {}).verify(entity, policy)
}

console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(question => {
  try {
    ask(question)
    return ''
  } catch (error) {
    return `${error.code}: ${error.message} ${error.cause?.message ?? ''}`
  }
})))
