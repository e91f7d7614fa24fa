import { describe, expect, it } from 'vitest'

import type { Key } from '@/api/types'
import {
  changesOf,
  emptyForm,
  expiryIn,
  formOf,
  limitsOf,
  networksOf,
  wrongNetwork,
} from '@/pages/keys/keyForm'
import { secretIn } from '@/pages/keys/useKeyList'

const SHANGHAI = 'Asia/Shanghai'

const key = {
  id: '0'.repeat(32),
  user: '张三',
  note: '',
  day: { limit: 1000 },
  month: { limit: 0 },
  expires_at_unix: Date.parse('2026-12-31T23:59:59+08:00') / 1000,
  networks: ['192.0.2.0/24', '2001:db8::/32'],
} as unknown as Key

describe('the form of a key', () => {
  it('gives back what it was made from', () => {
    const limits = limitsOf(formOf(key, SHANGHAI), SHANGHAI)
    expect(limits).toEqual({
      user: '张三',
      day: 1000,
      month: 0,
      expires_at: key.expires_at_unix,
      networks: key.networks,
      note: '',
    })
  })

  it('takes nothing typed for unlimited and for never', () => {
    const limits = limitsOf({ ...emptyForm(0, 0), user: ' a ' }, SHANGHAI)
    expect(limits).toMatchObject({ user: 'a', day: 0, month: 0, expires_at: null, networks: [] })
  })

  it('changes only what was changed', () => {
    const before = limitsOf(formOf(key, SHANGHAI), SHANGHAI)
    const form = { ...formOf(key, SHANGHAI), day: '', networks: '192.0.2.1' }
    expect(changesOf(before, limitsOf(form, SHANGHAI))).toEqual({ day: 0, networks: ['192.0.2.1'] })
    expect(changesOf(before, before)).toEqual({})
  })

  it('expires at the end of a day of the zone', () => {
    const evening = Date.parse('2026-11-22T17:00:00Z') / 1000
    expect(expiryIn(7, SHANGHAI, evening)).toBe('2026-11-30 23:59:59')
    expect(expiryIn(7, 'UTC', evening)).toBe('2026-11-29 23:59:59')
  })

  it('takes networks however they are set apart, and finds what is none', () => {
    expect(networksOf('10.0.0.0/8, ::1\n\n192.0.2.1；')).toEqual(['10.0.0.0/8', '::1', '192.0.2.1'])
    expect(wrongNetwork('10.0.0.0/8\n::1')).toBeUndefined()
    expect(wrongNetwork('10.0.0.0/8 example.com')).toBe('example.com')
  })
})

describe('a search', () => {
  it('for more of a key than the console shows keeps out of addresses', () => {
    const key = 'mmx-3fA9bQ7xLm2ePv8T'
    for (const text of [key, `Bearer ${key}`, `"${key}"`, `X-Api-Key: ${key}\n`]) {
      expect(secretIn(text)).toBe(key)
    }
    expect(secretIn('mmx-3fA9b')).toBe('mmx-3fA9b')
    expect(secretIn('mmx-3fA9')).toBe('')
    expect(secretIn('mmx-3fA9…x2Qk')).toBe('')
    expect(secretIn('张三')).toBe('')
  })
})
