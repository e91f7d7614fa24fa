import { beforeAll, describe, expect, it } from 'vitest'

import { addDays, clockIn, dayIn, lastDays, lengthOf, timeOfClock } from '@/dates'
import {
  dateIn,
  formatLimit,
  formatNumber,
  formatReset,
  formatShare,
  formatTime,
  zoneName,
} from '@/format'
import { i18n } from '@/i18n'
import zh from '@/locales/zh/index'

beforeAll(() => {
  i18n.global.setLocaleMessage('zh', zh)
})

describe('figures', () => {
  it('are grouped by thousands', () => {
    expect([0, 999, 1000, 9007199254740991].map(formatNumber)).toEqual([
      '0',
      '999',
      '1,000',
      '9,007,199,254,740,991',
    ])
  })

  it('as a share are never nothing of something, nor all of it for less', () => {
    const shares = [
      [20, 100],
      [1, 3],
      [0, 5],
      [1, 1e6],
      [999_999, 1e6],
      [5, 5],
      [0, 0],
    ]
    expect(shares.map(([part = 0, whole = 0]) => formatShare(part, whole))).toEqual([
      '20%',
      '33.3%',
      '0%',
      '0.1%',
      '99.9%',
      '100%',
      '0%',
    ])
  })

  it('of a limit say when there is none', () => {
    expect([formatLimit(0), formatLimit(10_000)]).toEqual(['不限', '10,000'])
  })
})

describe('times', () => {
  it('are shown in the zone of the deployment, with its name', () => {
    expect(formatTime('2026-11-22T09:30:05+08:00')).toBe('2026-11-22 09:30（UTC+8）')
    expect(formatTime('2026-11-22T09:30:05-03:30', { seconds: true })).toBe(
      '2026-11-22 09:30:05（UTC-3:30）',
    )
    expect(formatTime(null)).toBe('—')
  })

  it('name zones as people do', () => {
    expect(['+08:00', '-05:00', '+05:45', '+00:00', 'Z'].map(zoneName)).toEqual([
      'UTC+8',
      'UTC-5',
      'UTC+5:45',
      'UTC',
      'UTC',
    ])
  })

  it('of a reset say tomorrow when it is tomorrow there', () => {
    const reset = '2026-11-23T00:00:00+08:00'
    const at = (iso: string) => formatReset(reset, Date.parse(iso) / 1000)
    expect(at('2026-11-22T00:00:01+08:00')).toBe('明日 00:00（UTC+8）')
    expect(at('2026-11-22T23:59:59+08:00')).toBe('明日 00:00（UTC+8）')
    expect(at('2026-11-21T23:59:59+08:00')).toBe('2026-11-23 00:00（UTC+8）')
  })
})

describe('quota days', () => {
  it('are the deployment’s, whatever the browser’s zone', () => {
    const evening = Date.parse('2026-11-22T17:00:00Z') / 1000
    expect(dateIn('UTC+8', evening)).toBe('2026-11-23')
    expect(dateIn('UTC-3:30', evening)).toBe('2026-11-22')
    expect(dateIn('UTC', evening, 10)).toBe('2026-12-02')
  })

  it('are counted over months and leap years', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(lastDays('2026-11-22', 30)).toEqual({ from: '2026-10-24', to: '2026-11-22' })
    expect([1, 30, 400].map((days) => lengthOf(lastDays('2028-03-01', days)))).toEqual([1, 30, 400])
  })
})

describe('clocks of a zone', () => {
  it('are read and set by the zone’s own rules', () => {
    const summer = Date.parse('2026-07-01T21:59:59Z') / 1000
    const winter = Date.parse('2026-12-31T22:59:59Z') / 1000
    expect(clockIn('Europe/Berlin', summer)).toBe('2026-07-01 23:59:59')
    expect(timeOfClock('Europe/Berlin', '2026-07-01 23:59:59')).toBe(summer)
    expect(timeOfClock('Europe/Berlin', '2026-12-31 23:59:59')).toBe(winter)
    expect(dayIn('Asia/Shanghai', winter)).toBe('2027-01-01')
  })

  it('survive the hours around a change of the clocks', () => {
    for (let hour = 0; hour < 72; hour++) {
      const at = Date.parse('2026-10-24T00:30:00Z') / 1000 + hour * 3600
      const clock = clockIn('Europe/Berlin', at)
      expect(clockIn('Europe/Berlin', timeOfClock('Europe/Berlin', clock))).toBe(clock)
    }
    // 02:30 does not exist on the day that the clocks go forward.
    const skipped = timeOfClock('Europe/Berlin', '2026-03-29 02:30:00')
    expect(clockIn('Europe/Berlin', skipped)).toMatch(/^2026-03-29 0[13]:30:00$/)
  })
})
