// Types hold en to the names of zh; this holds each text to the same named values.
import { describe, expect, it } from 'vitest'

import en from '@/locales/en/index'
import zh from '@/locales/zh/index'

type Tree = { [name: string]: string | Tree }

function flat(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[path + name, value] as [string, string]]
      : flat(value, `${path}${name}.`),
  )
}

const values = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
const chinese = new Map(flat(zh))
const english = new Map(flat(en))

describe('the texts', () => {
  it('are there in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('name the same values in both', () => {
    const differ = [...chinese].filter(
      ([name, text]) => `${values(english.get(name) ?? '')}` !== `${values(text)}`,
    )
    expect(differ).toEqual([])
  })

  it('have no character that vue-i18n takes for its own', () => {
    const odd = [...chinese, ...english].filter(([, text]) =>
      /[{}@|]/.test(text.replace(/\{\w+\}/g, '')),
    )
    expect(odd).toEqual([])
  })

  it('have one word for one thing', () => {
    const others = /额度|上限|配额|使用者|有效期|长期有效|返还/
    expect([...chinese].filter(([, text]) => others.test(text))).toEqual([])
    // The lead of the master key's page is given.
    const short = [...chinese].filter(
      ([name, text]) =>
        name !== 'master.lead' &&
        /Key/.test(
          text.replaceAll('API Key', '').replaceAll('Key ID', '').replace('X-Api-Key', ''),
        ),
    )
    expect(short).toEqual([])
    const people = [...chinese].filter(
      ([name, text]) => /^(accounts|login)\./.test(name) && text.includes('用户'),
    )
    expect(people).toEqual([])
  })

  it('are not Chinese in English', () => {
    expect([...english].filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([])
  })
})
