import { ApiError, request } from './client'
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

export async function logOut(): Promise<void> {
  try {
    await request('DELETE', '/session', { anonymous: true })
  } catch (error) {
    // The session was over already.
    if (!(error instanceof ApiError) || error.status !== 401) throw error
  }
}

export async function isSetupNeeded(): Promise<boolean> {
  return (await request<{ needed: boolean }>('GET', '/setup', { anonymous: true })).needed
}

export async function setUp(token: string, name: string, password: string): Promise<Session> {
  const options = { body: { token, name, password }, anonymous: true }
  return (await request<{ session: Session }>('POST', '/setup', options)).session
}
