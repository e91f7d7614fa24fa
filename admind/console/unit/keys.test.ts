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
import { switched, withKept } from '@/pages/keys/keptRows'
import { secretIn } from '@/pages/keys/useKeyList'
import { withPresent } from '@/present'

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

  it('takes over what somebody else changed meanwhile, and keeps what else was typed', () => {
    const before = formOf(key, SHANGHAI)
    const present = { ...before, day: '500', user: '李四' }
    const typed = { ...before, day: '2000', note: '项目' }
    expect(withPresent(typed, before, present)).toEqual({ ...present, note: '项目' })
  })

  it('expires at the end of a day of the zone', () => {
    const evening = Date.parse('2026-11-22T17:00:00Z') / 1000
    expect(expiryIn(7, SHANGHAI, evening)).toBe('2026-11-30 23:59:59')
    expect(expiryIn(7, 'UTC', evening)).toBe('2026-11-29 23:59:59')
  })

  it('is renewed from the expiry it has, and from now once that has passed', () => {
    const now = Date.parse('2026-11-22T17:00:00Z') / 1000
    expect(expiryIn(30, 'UTC', now, '2026-12-31 12:00:00')).toBe('2027-01-30 23:59:59')
    expect(expiryIn(30, 'UTC', now, '2026-01-01 00:00:00')).toBe('2026-12-22 23:59:59')
  })

  it('takes networks however they are set apart, and finds what is none', () => {
    expect(networksOf('10.0.0.0/8, ::1\n\n192.0.2.1；')).toEqual(['10.0.0.0/8', '::1', '192.0.2.1'])
    expect(wrongNetwork('10.0.0.0/8\n::1')).toBeUndefined()
    expect(wrongNetwork('10.0.0.0/8 example.com')).toBe('example.com')
  })
})

describe('rows that were just changed', () => {
  const row = (id: string, enabled = true) => ({ id, enabled }) as unknown as Key
  const shown = (keys: Key[]) => keys.map(({ id, enabled }) => (enabled ? id : `-${id}`)).join(' ')
  const kept = { order: ['a', 'b', 'c'], changed: new Map([['b', row('b', false)]]) }

  it('stay where they are, though they are listed no more', () => {
    expect(
      shown(
        withKept(
          ['a', 'c', 'd'].map((id) => row(id)),
          kept,
        ),
      ),
    ).toBe('a -b c d')
  })

  it('take the newest state, and keep their place in another order', () => {
    expect(shown(withKept([row('c'), row('b'), row('a')], kept))).toBe('a b c')
  })

  it('leave others to go, and all to the list when nothing was changed', () => {
    expect(shown(withKept([row('c')], kept))).toBe('-b c')
    expect(shown(withKept([row('c'), row('a')], undefined))).toBe('c a')
  })

  it('have the status that a switch leads to', () => {
    const at = { ...key, month: { limit: 5, used: 5 } } as unknown as Key
    const now = Date.parse('2026-11-22T00:00:00Z') / 1000
    expect(switched(at, false, now).status).toBe('disabled')
    expect(switched({ ...at, etag: '"seen"' }, false, now).etag).toBeUndefined()
    expect(switched(at, true, now).status).toBe('exhausted')
    expect(switched(key, true, now).status).toBe('active')
    expect(switched(key, true, now * 2).status).toBe('expired')
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
