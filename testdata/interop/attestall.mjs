// Attests each predicate about one subject by the public Sigstore, one after
// another, as that many steps with actions/attest do, but in one process:
//   node attestall.mjs FOLDER NAME SHA256 OUT TYPE=PREDICATE.json…
// The bundles are OUT/1.json, OUT/2.json, …
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder, subjectName, sha256, out, ...predicates] = process.argv.slice(2)
const { attest } = await import(pathToFileURL(folder + '/node_modules/@actions/attest/lib/index.js'))
for (const [i, given] of predicates.entries()) {
  const at = given.lastIndexOf('=')
  const { bundle } = await attest({
    subjectName, subjectDigest: { sha256 }, sigstore: 'public-good', skipWrite: true,
    predicateType: given.slice(0, at), predicate: JSON.parse(readFileSync(given.slice(at + 1), 'utf8')),
  })
  writeFileSync(`${out}/${i + 1}.json`, JSON.stringify(bundle))
}
