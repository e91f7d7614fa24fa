import { request, type Loading } from './client'
import type { components } from './schema'

export type Master = components['responses']['Master']['content']['application/json']['master']
export type MasterTest = components['schemas']['MasterTest']

export async function getMaster(loading: Loading): Promise<Master> {
  return (await request<{ master: Master }>('GET', '/master', loading)).master
}

export async function setMaster(key: string, password: string): Promise<Master> {
  const body = { key, password }
  return (await request<{ master: Master }>('PUT', '/master', { body })).master
}

// The given key, or the one that is set.
export async function testMaster(key?: string): Promise<MasterTest> {
  const body = key === undefined ? {} : { key }
  return (await request<{ test: MasterTest }>('POST', '/master/test', { body })).test
}
