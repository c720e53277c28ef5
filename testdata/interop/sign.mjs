// Signs a file with sigstore-js, and a statement about it, in each form it has:
//   node sign.mjs FOLDER FILE STATEMENT OUT FULCIO REKOR1 REKOR2 TSA
// The token is the runner's. The bundles are OUT/<form>.json; a form that cannot
// be made leaves OUT/<form>.txt, which says why.
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'

const [folder, file, statement, out, fulcioURL, rekorURL, rekorV2, tsa] = process.argv.slice(2)
const load = createRequire(folder + '/package.json')
const { sign, attest } = load('sigstore')
const lib = createRequire(load.resolve('sigstore'))
const { bundleToJSON } = lib('@sigstore/bundle')
const { CIContextProvider, DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } =
  lib('@sigstore/sign')
const tsaServerURL = new URL(tsa).origin
const type = 'application/vnd.in-toto+json'
const data = readFileSync(file)
const said = readFileSync(statement)
const v2 = {
  signer: new FulcioSigner({ fulcioBaseURL: fulcioURL, identityProvider: new CIContextProvider('sigstore') }),
  witnesses: [
    new RekorWitness({ rekorBaseURL: rekorV2, majorApiVersion: 2, timeout: 20000 }),
    new TSAWitness({ tsaBaseURL: tsaServerURL, timeout: 20000 }),
  ],
}
const v1 = { fulcioURL, rekorURL, timeout: 20000 }
const forms = {
  'signature-v1': () => sign(data, v1),
  'signature-v1-tsa': () => sign(data, { ...v1, tsaServerURL }),
  'signature-v2': async () => bundleToJSON(await new MessageSignatureBundleBuilder(v2).create({ data })),
  'attestation-v1': () => attest(said, type, v1),
  'attestation-v1-tsa': () => attest(said, type, { ...v1, tsaServerURL }),
  'attestation-chain': () => attest(said, type, { ...v1, legacyCompatibility: true }),
  'attestation-v2': async () => bundleToJSON(await new DSSEBundleBuilder(v2).create({ data: said, type })),
}
for (const [form, make] of Object.entries(forms)) {
  try {
    writeFileSync(`${out}/${form}.json`, JSON.stringify(await make()))
  } catch (error) {
    writeFileSync(`${out}/${form}.txt`, `${error.code}: ${error.message}`)
  }
}
