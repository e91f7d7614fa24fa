// The documentation is for everybody and has this gateway's own address. Gives the examples, so
// that they can be run.
import assert from "node:assert/strict";

export default async function docs(visit) {
  const { page, texts } = visit;
  const say = texts.docs;
  await visit.open("docs");
  await page.getByRole("heading", { name: say.title, exact: true }).waitFor();
  await page.getByText(say.step, { exact: true }).waitFor();
  const body = await page.locator("article").innerText();
  for (const part of ["/mini/v1", "/mini/anthropic"]) {
    assert.ok(body.includes(visit.origin + part), `${visit.origin + part} is not named`);
  }
  for (const code of [
    "invalid_api_key", "key_disabled", "key_expired", "address_not_allowed", "insufficient_quota",
    "gateway_unavailable", "upstream_not_configured",
  ]) {
    assert.ok(body.includes(code), `${code} is not explained`);
  }
  const links = page.locator('nav a[href^="#"]');
  const parts = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.ok(parts.includes("#answer"), "the contents do not list the answer");
  for (const part of parts) assert.equal(await page.locator(`section${part}`).count(), 1, part);
  await visit.shot("docs");

  const examples = {};
  const tools = page.locator("#example .el-radio-button");
  for (const tool of await tools.all()) {
    const name = (await tool.innerText()).trim();
    await tool.click();
    examples[name] = await page.locator("#example pre").last().innerText();
    assert.ok(examples[name].includes(visit.origin), `${name} does not name the gateway`);
  }
  examples.stream = await page.locator("#stream pre").innerText();
  return examples;
}
