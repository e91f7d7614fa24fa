import { describe, expect, it } from 'vitest'

import { cell } from '@/save'

describe('a cell of CSV', () => {
  it('is no formula, in full-width signs neither', () => {
    for (const sign of '=+-@＝＋－＠\t') expect(cell(`${sign}1`)).toBe(`'${sign}1`)
    expect(cell('\r1')).toBe('"\'\r1"')
    expect(cell('＝HYPERLINK("x")')).toBe('"\'＝HYPERLINK(""x"")"')
  })

  it('is left alone otherwise', () => {
    for (const text of ['', '1+1', '研发－1', '2026-11-22', 'a＝b']) expect(cell(text)).toBe(text)
  })
})
