// Where this gateway is, for examples to be pasted elsewhere: the folder above the console's own,
// so below the path that a front has put before both, without a slash at its end.
export function gatewayAddress(base = document.baseURI): string {
  return new URL('..', base).href.replace(/\/$/, '')
}
