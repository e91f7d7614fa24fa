// Puts a .br and a .gz beside each built file that gets smaller by it, so that the daemon never
// compresses anything. Usage: node scripts/precompress.mjs [FOLDER]

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const text = /\.(html|js|css|svg|json|txt)$/
const folder = process.argv[2] ?? 'dist'

for (const name of readdirSync(folder, { recursive: true })) {
  const path = join(folder, name)
  if (!text.test(path) || !statSync(path).isFile()) continue
  const bytes = readFileSync(path)
  const smaller = {
    '.br': brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    '.gz': gzipSync(bytes, { level: 9 }),
  }
  for (const [suffix, compressed] of Object.entries(smaller)) {
    if (compressed.length < bytes.length) writeFileSync(path + suffix, compressed)
  }
}
