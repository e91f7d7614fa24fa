// A key's holder sees its usage. The key is in no address, and nothing of it is kept.
// options: {key, hint, used, limit, status}
import { readFile } from "node:fs/promises";
import assert from "node:assert/strict";

const UNKNOWN = "mmx-" + "A".repeat(32);

export default async function lookup(visit, { key, hint, used, limit, status }) {
  const { page, texts, context } = visit;
  const say = texts.lookup;
  await visit.open("lookup");
  const input = page.getByLabel(say.input, { exact: true });
  const submit = page.getByRole("button", { name: say.submit, exact: true });
  assert.equal(await input.getAttribute("type"), "password");
  await input.fill("sk-something");
  await submit.click();
  await page.getByText(say.malformed).waitFor();

  visit.expect(/status of 401/);
  await input.fill(UNKNOWN);
  await submit.click();
  await page.getByText(say.unknown).waitFor();
  await visit.shot("unknown");

  await input.fill(key);
  await input.press("Enter");
  const result = page.locator(".result");
  await result.getByText(hint).waitFor();
  await result.getByText(texts.status[status], { exact: true }).waitFor();
  const text = (await result.innerText()).replace(/\s+/g, " ");
  assert.ok(text.includes(`${used} / ${limit.toLocaleString("en-US")}`), text);
  assert.ok(text.includes(texts.unlimited), "the month is not unlimited");
  assert.ok(text.includes(say.resets), text);
  await result.locator("canvas").waitFor();
  await visit.shot("usage");

  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: say.csv }).click();
  const csv = await readFile(await (await saving).path(), "utf8");
  assert.ok(csv.startsWith("\uFEFF" + say.columns + "\r\n"), csv.slice(0, 80));
  assert.match(csv, new RegExp(`\\d{4}-\\d{2}-\\d{2},${used},0,0,0\r\n$`));

  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  const cookies = JSON.stringify(await context.cookies());
  for (const place of [...visit.addresses, kept, cookies, page.url()]) {
    assert.ok(!place.includes(key), `the key stands in ${place.replace(key, "…")}`);
  }
  await page.reload();
  assert.equal(await page.getByLabel(say.input, { exact: true }).inputValue(), "");
}
