import { describe, expect, it } from 'vitest'

import { browserName } from '@/pages/accounts/browserName'

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0'

describe('the name of a browser', () => {
  it.each([
    [`${WINDOWS} ${BLINK} Safari/537.36`, 'Chrome 142 · Windows'],
    [`${WINDOWS} ${BLINK} Safari/537.36 Edg/141.0.0.0`, 'Edge 141 · Windows'],
    [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, 'Chrome 142 · Android'],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox 140 · Linux',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ' +
        '(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari 18 · iOS',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 ' +
        '(KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Safari 18 · macOS',
    ],
    ['curl/7.88.1', 'curl/7.88.1'],
    ['', ''],
    ['x'.repeat(200), `${'x'.repeat(40)}…`],
  ])('of %s', (agent, name) => {
    expect(browserName(agent)).toBe(name)
  })
})
