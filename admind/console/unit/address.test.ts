import { describe, expect, it } from 'vitest'

import { gatewayAddress } from '@/address'
import { chatAddress, endpoints } from '@/pages/docs/samples'

describe('the address of the gateway', () => {
  it('is that of its host', () => {
    expect(gatewayAddress('https://gate.example.com/console/')).toBe('https://gate.example.com')
    expect(gatewayAddress('http://127.0.0.1:8080/console/')).toBe('http://127.0.0.1:8080')
  })

  it('has the path that a front puts before it', () => {
    const address = gatewayAddress('https://admin.example.com/tools/gate/console/')
    expect(address).toBe('https://admin.example.com/tools/gate')
    expect(chatAddress(address)).toBe(`${address}/mini/v1/chat/completions`)
    expect(endpoints(address).anthropic).toBe(`${address}/mini/anthropic`)
  })
})
