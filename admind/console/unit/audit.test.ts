import { beforeAll, describe, expect, it } from 'vitest'

import type { AuditEntry } from '@/api/audit'
import { i18n } from '@/i18n'
import en from '@/locales/en/index'
import zh from '@/locales/zh/index'
import { fits, wordsOf } from '@/pages/audit/search'
import { changes } from '@/pages/audit/sentence'
import { merged } from '@/pages/audit/useTrail'

beforeAll(() => {
  i18n.global.setLocaleMessage('zh', zh)
  i18n.global.setLocaleMessage('en', en)
})

const entry = (id: number) => ({ id: String(id) }) as AuditEntry
const ids = (entries: AuditEntry[] | undefined) => entries?.map(({ id }) => id)

describe('the audit trail', () => {
  it('puts new entries on top, and begins anew rather than hide a gap', () => {
    const known = [3, 2, 1].map(entry)
    expect(ids(merged([5, 4, 3].map(entry), known))).toEqual(['5', '4', '3', '2', '1'])
    expect(ids(merged([3, 2].map(entry), known))).toEqual(['3', '2', '1'])
    expect(merged([9, 8, 7].map(entry), known)).toBeUndefined()
    expect(ids(merged([2, 1].map(entry), []))).toEqual(['2', '1'])
  })

  it('says nothing of fields that an edit left as they were', () => {
    const detail = {
      day: { from: 5, to: 7 },
      note: { from: 'a', to: 'a' },
      networks: { from: [], to: [] },
    }
    const edit = { action: 'key.update', object: 'x', actor: 'user:a', time: '', detail }
    expect(changes(edit as unknown as AuditEntry)).toHaveLength(1)
  })
})

describe('a search of the trail', () => {
  const disabled = {
    id: '1-0',
    action: 'key.disable',
    object: '0123abcd'.repeat(4),
    actor: 'cli:root',
    address: '192.0.2.7',
    time: '2026-11-22T09:30:05+08:00',
    detail: { user: '张三' },
  } as unknown as AuditEntry
  const finds = (typed: string) => fits(disabled, wordsOf(typed))

  it('finds what the page shows, in the language shown', () => {
    i18n.global.locale.value = 'zh'
    for (const text of [
      '禁用',
      '命令行 root',
      '禁用了 API Key 0123abcd…',
      '192.0.2.7',
      '09:30:05',
    ]) {
      expect([text, finds(text)]).toEqual([text, true])
    }
    expect(finds('启用了')).toBe(false)
    i18n.global.locale.value = 'en'
    for (const text of ['Disabled API key', 'command line ROOT', '张三', disabled.object, '']) {
      expect([text, finds(text)]).toEqual([text, true])
    }
    expect(finds('禁用')).toBe(false)
  })
})
