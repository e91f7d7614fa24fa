import assert from "node:assert/strict";

// Gives what changes things in a browser of its own, as somebody else.
export async function logInApart({ base, context }, other) {
  const page = await (await context.browser().newContext()).newPage();
  await page.goto(`${base}/console/login`);
  const ask = (method, path, body, headers = {}) => page.evaluate(async (wish) => {
    const answer = await fetch(`../api/v1/${wish.path}`, {
      method: wish.method, body: JSON.stringify(wish.body),
      headers: { "Content-Type": "application/json", ...wish.headers },
    });
    return { status: answer.status, json: await answer.json() };
  }, { method, path, body, headers });
  const { json } = await ask("POST", "session", other);
  return async (path, body) => {
    const headers = { "X-CSRF-Token": json.session.csrf_token };
    const { status } = await ask("PATCH", path, body, headers);
    assert.equal(status, 200, path);
  };
}
