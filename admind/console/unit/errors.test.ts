import { readFileSync } from 'node:fs'

import { beforeAll, describe, expect, it } from 'vitest'

import { ApiError } from '@/api/client'
import { errorText } from '@/errors'
import { i18n } from '@/i18n'
import en from '@/locales/en/index'
import zh from '@/locales/zh/index'

const SENTENCE = 'expected a whole number from 0 to 9'

// All that the daemon's description names, and one that it does not name yet.
const api = readFileSync('../openapi.yaml', 'utf8')
const described = /`invalid_json`[^]*?daemon_unavailable`/.exec(api)?.[0] ?? ''
const codes = [...described.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? '')
const all = [...codes, 'something_new']
const refusal = (code: string, field?: string) => new ApiError(code, SENTENCE, 400, field)

beforeAll(() => {
  i18n.global.setLocaleMessage('zh', zh)
  i18n.global.setLocaleMessage('en', en)
})

describe('a refusal', () => {
  it('is Chinese on a Chinese page, whatever its code and field', () => {
    i18n.global.locale.value = 'zh'
    expect(all.length).toBeGreaterThan(20)
    for (const field of [undefined, 'user', 'networks', 'name', 'a_new_field']) {
      const texts = all.map((code) => errorText(refusal(code, field)))
      expect(texts.filter((text) => !/\p{Script=Han}/u.test(text))).toEqual([])
      expect(texts.filter((text) => text.includes(SENTENCE))).toEqual([])
    }
  })

  it('names the field that is wrong', () => {
    i18n.global.locale.value = 'zh'
    expect(errorText(refusal('invalid_argument', 'day'))).toContain('每日限额')
    expect(errorText(refusal('invalid_argument', 'networks'))).toContain('允许的网络')
    expect(errorText(refusal('conflict', 'name'))).toContain('已被使用')
  })

  it('has the daemon’s own words on an English page, where they say more', () => {
    i18n.global.locale.value = 'en'
    expect(errorText(refusal('invalid_argument', 'day'))).toContain(SENTENCE)
    expect(errorText(refusal('forbidden'))).not.toContain(SENTENCE)
  })
})
