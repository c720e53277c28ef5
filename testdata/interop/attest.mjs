// Attests provenance as actions/attest-build-provenance does, in a job of
// GitHub's runner, and stores nothing:
//   node attest.mjs FOLDER NAME SHA256 OUT
// The bundles are OUT/public-good.json and OUT/github.json.
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder, subjectName, sha256, out] = process.argv.slice(2)
const { attest } = await import(pathToFileURL(folder + '/node_modules/@actions/attest/lib/index.js'))
for (const sigstore of ['public-good', 'github']) {
  const { bundle } = await attest({
    subjectName, subjectDigest: { sha256 }, sigstore, skipWrite: true,
    predicateType: 'https://slsa.dev/provenance/v1', predicate: { buildDefinition: {}, runDetails: {} },
  })
  writeFileSync(`${out}/${sigstore}.json`, JSON.stringify(bundle))
}
