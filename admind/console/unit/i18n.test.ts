import { describe, expect, it } from 'vitest'

import { firstLanguage } from '@/i18n'

describe('the first language', () => {
  it('is that of the browser: Chinese where it asks for that, else English', () => {
    for (const browser of ['zh', 'zh-CN', 'zh-TW', 'ZH-hant-HK']) {
      expect(firstLanguage(null, browser)).toBe('zh')
    }
    for (const browser of ['en-US', 'de', 'ja-JP', 'zha', '']) {
      expect(firstLanguage(null, browser)).toBe('en')
    }
  })

  it('is what was chosen, whatever the browser says', () => {
    expect(firstLanguage('zh', 'en-US')).toBe('zh')
    expect(firstLanguage('en', 'zh-CN')).toBe('en')
    expect(firstLanguage('fr', 'zh-CN')).toBe('zh')
  })
})
