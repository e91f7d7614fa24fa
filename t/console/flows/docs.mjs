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
    "invalid_api_key", "endpoint_not_offered", "key_disabled", "key_expired", "address_not_allowed",
    "insufficient_quota", "gateway_unavailable", "upstream_not_configured", "upstream_unresolved",
  ]) {
    assert.ok(body.includes(code), `${code} is not explained`);
  }
  inOrder(body, wanted(visit));
  const links = page.locator('nav a[href^="#"]');
  const parts = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.ok(parts.includes("#answer"), "the contents do not list the answer");
  for (const part of parts) assert.equal(await page.locator(`section${part}`).count(), 1, part);
  await visit.shot("docs");

  assert.equal(await covered(page), 0, "a button covers code");

  const examples = {};
  for (const [place, count] of [["#example", 3], ["#sdk", 5]]) {
    const found = await examplesOf(page, place);
    assert.equal(Object.keys(found).length, count, `${place}: ${Object.keys(found)}`);
    Object.assign(examples, found);
  }
  for (const [name, code] of Object.entries(examples)) {
    assert.ok(code.includes(visit.origin), `${name} does not name the gateway`);
  }
  examples.stream = await page.locator("#stream pre").innerText();
  const link = page.locator("#limits a", { hasText: say.lookup });
  await link.click();
  await page.getByRole("heading", { name: texts.lookup.title, exact: true }).waitFor();
  return examples;
}

// What the page says, in this order: first what every request needs, then what came later.
function wanted({ origin, texts: { docs: say } }) {
  const request = [
    '"model": "MiniMax-M2.7"', '"role": "system"', '"role": "user"', '"temperature": 0.7',
    '"max_tokens": 1000',
  ];
  return [
    `POST ${origin}/mini/v1/chat/completions`, say.https,
    say.header, "X-Api-Key: mmx-", "Authorization: Bearer mmx-",
    ...request,
    '"id":', '"object": "chat.completion"', '"created":', '"model":', '"choices":', '"message":',
    '"role": "assistant"', '"content":', '"finish_reason":', '"usage":', '"prompt_tokens":',
    '"completion_tokens":', '"total_tokens":',
    "curl -X POST", "X-Api-Key", ...request,
    "requests.post(", "X-Api-Key", '"max_tokens": 1000',
    "await fetch(", "X-Api-Key", "max_tokens: 1000",
    say.own, say.look_up,
    "MiniMax-M3", "/mini/anthropic", "from openai import OpenAI",
  ];
}

// How many blocks of code lie below their own button.
function covered(page) {
  return page.locator(".code-block").evaluateAll((blocks) => blocks.filter((block) => {
    const code = block.querySelector("pre").getBoundingClientRect();
    return block.querySelector("button").getBoundingClientRect().left < code.right;
  }).length);
}

function inOrder(text, parts) {
  let from = 0;
  for (const part of parts) {
    const place = text.indexOf(part, from);
    assert.ok(place >= 0, `${part} does not follow: ${text.slice(Math.max(0, from - 80), from)}`);
    from = place + part.length;
  }
}

// By their titles, whether they stand below each other or are chosen from.
async function examplesOf(page, place) {
  const found = {};
  for (const tool of await page.locator(`${place} .el-radio-button`).all()) {
    await tool.click();
    found[(await tool.innerText()).trim()] = await page.locator(`${place} pre`).last().innerText();
  }
  if (Object.keys(found).length > 0) return found;
  for (const title of await page.locator(`${place} h3`).all()) {
    const code = title.locator("xpath=following-sibling::*[1]").locator("pre");
    found[(await title.innerText()).trim()] = await code.innerText();
  }
  return found;
}
