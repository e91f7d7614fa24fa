// Where the console is, by the head of its page: `/console/`, before which the daemon writes the
// path that a front has put before all.
export function consolePath(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="mmx-console"]')?.content ?? '/console/'
}

// Where this gateway is, for examples to be pasted elsewhere: the folder above the console's own,
// so below the path that a front has put before both, without a slash at its end.
export function gatewayAddress(base = new URL(consolePath(), document.baseURI).href): string {
  return new URL('..', base).href.replace(/\/$/, '')
}
