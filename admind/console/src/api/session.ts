import { request } from './client'
import type { Session } from './types'

export async function getSession(): Promise<Session> {
  const answer = await request<{ session: Session }>('GET', '/session', { anonymous: true })
  return answer.session
}

export async function logIn(name: string, password: string): Promise<Session> {
  const body = { name, password }
  const options = { body, anonymous: true }
  return (await request<{ session: Session }>('POST', '/session', options)).session
}

export function logOut(): Promise<void> {
  return request('DELETE', '/session', { anonymous: true })
}

export async function isSetupNeeded(signal?: AbortSignal): Promise<boolean> {
  const options = { signal, anonymous: true }
  return (await request<{ needed: boolean }>('GET', '/setup', options)).needed
}

export async function setUp(token: string, name: string, password: string): Promise<Session> {
  const options = { body: { token, name, password }, anonymous: true }
  return (await request<{ session: Session }>('POST', '/setup', options)).session
}
