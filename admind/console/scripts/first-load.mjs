// Fails the build when what a first visit loads has grown too big: the frame, one language, the
// login page and the list of keys, as gzip, the larger of the two forms.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BYTES_MAX = 300 * 1024
const folder = process.argv[2] ?? 'dist'
const manifestFile = join(folder, 'manifest.json')
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'))

// By their names where rollup gives a page's chunk to others as well.
const pages = ['LoginPage', 'KeysPage', 'zh-cn'].map((name) =>
  Object.keys(manifest).find((key) => manifest[key].name === name),
)
const texts = 'src/locales/zh/index.ts'

// All style sheets are one, which the page itself names.
const files = new Set(['index.html', manifest['style.css'].file])
const visit = (name) => {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`no chunk ${name} in the manifest`)
  if (files.has(chunk.file)) return
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
  for (const imported of chunk.imports ?? []) visit(imported)
}
for (const name of ['index.html', ...pages, texts]) visit(name)

const size = (file) => {
  const compressed = join(folder, `${file}.gz`)
  return statSync(existsSync(compressed) ? compressed : join(folder, file)).size
}
const bytes = [...files].reduce((sum, file) => sum + size(file), 0)
for (const suffix of ['', '.br', '.gz']) rmSync(manifestFile + suffix, { force: true })
if (bytes > BYTES_MAX) {
  throw new Error(`a first visit loads ${bytes} bytes, more than ${BYTES_MAX}`)
}
console.log(`A first visit loads ${(bytes / 1024).toFixed(0)} KiB.`)
