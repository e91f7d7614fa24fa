// The pages name only texts that exist, and every text is named.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import zh from '@/locales/zh/index'

type Texts = { [name: string]: string | Texts }

function namesOf(texts: Texts, path = ''): string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    typeof text === 'string' ? [path + name] : namesOf(text, `${path}${name}.`),
  )
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'locales' ? [] : sources(path)
    return /\.(ts|vue)$/.test(entry.name) ? [readFileSync(path, 'utf8')] : []
  })
}

const names = namesOf(zh)
const code = sources('src').join('\n')

describe('the texts', () => {
  it('are there when a page names them', () => {
    const named = [...code.matchAll(/\bt\(\s*'([a-z_]+(?:\.[\w-]+)+)'/g)].map(([, name]) => name)
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter((name) => !names.includes(name ?? ''))).toEqual([])
  })

  it('are all named', () => {
    const starts = [...code.matchAll(/`([a-z_]+\.(?:[a-z_]+\.)*)[\w-]*\$\{/g)].map(
      ([, start]) => start ?? '',
    )
    const unnamed = names.filter(
      (name) => !code.includes(`'${name}'`) && !starts.some((start) => name.startsWith(start)),
    )
    expect(unnamed).toEqual([])
  })
})
