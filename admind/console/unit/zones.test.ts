import { describe, expect, it } from 'vitest'

import { clockText, fits, listZones } from '@/pages/settings/zones'

const at = new Date('2026-11-22T16:00:00Z')
const zones = listZones('zh', 'Asia/Shanghai', at)
const zone = (id: string) => zones.find((each) => each.id === id)

describe('time zones', () => {
  it('have the offset of the deployment’s own form', () => {
    expect(zone('Asia/Shanghai')).toMatchObject({ offset: 'UTC+8', name: '中国标准时间' })
    expect(zone('UTC')?.offset).toBe('UTC')
    expect(zone('America/St_Johns')?.offset).toBe('UTC-3:30')
  })

  it('include the one that is set, even where this browser does not know it', () => {
    const odd = listZones('en', 'Mars/Olympus', at).find(({ id }) => id === 'Mars/Olympus')
    expect(odd).toEqual({ id: 'Mars/Olympus', offset: '', name: '' })
  })

  it('are found by city, country name or offset, in any order', () => {
    const found = (typed: string) => zones.filter((each) => fits(each, typed)).map(({ id }) => id)
    expect(found('shang')).toEqual(['Asia/Shanghai'])
    expect(found('中国 asia')).toContain('Asia/Shanghai')
    expect(found('utc+8 MAC')).toContain('Asia/Macau')
    expect(found('new york')).toEqual(['America/New_York'])
    expect(found('nowhere at all')).toEqual([])
  })

  it('tell the time', () => {
    expect(clockText('Asia/Shanghai', at)).toBe('2026-11-23 00:00:00')
    expect(clockText('Mars/Olympus', at)).toBe('')
  })
})
