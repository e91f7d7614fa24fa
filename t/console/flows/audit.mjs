// The trail in sentences, filtered, page by page, with the whole entry on demand.
// options: {admin, user, id: of a key made for user, entries: at least so many are there}
import assert from "node:assert/strict";

export default async function audit(visit, { admin, user, id, entries }) {
  const { page, texts } = visit;
  const say = texts.audit;
  const rows = page.locator(".data-table tbody tr");
  await visit.logIn(admin);
  await visit.open("audit");
  await rows.first().waitFor();
  const first = await rows.count();
  if (entries > first) {
    await page.getByRole("button", { name: say.more }).click();
    await page.waitForFunction((count) =>
      document.querySelectorAll(".data-table tbody tr").length > count, first);
  }

  // By what the page shows: the action in its own words, and an id as it is shortened there.
  const box = page.getByRole("textbox", { name: say.search });
  await box.fill(`${say.created} ${user} ${id.slice(0, 8)}…`);
  await box.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".data-table tbody tr").length === 1);
  await visit.shot("found");
  await box.fill(id);
  await page.getByRole("button", { name: say.apply, exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".data-table tbody tr").length === 1);
  const text = await rows.first().innerText();
  assert.ok(text.includes(say.created) && text.includes(user), text);
  assert.match(text, /\d{2}:\d{2}:\d{2}.*UTC\+8/s);
  const detail = rows.first().getByRole("button", { name: say.detail });
  await detail.focus();
  await page.keyboard.press("Enter");
  await page.locator("pre", { hasText: id }).waitFor();
  await visit.shot("detail");

  await box.fill("nothing of this name");
  await page.keyboard.press("Enter");
  await page.getByText(say.none).waitFor();

  await page.getByRole("button", { name: say.verify }).click();
  await page.getByText(say.verified).waitFor();
  await visit.shot("verified");

  await page.getByRole("combobox", { name: say.kind, exact: true }).press("Enter");
  await Promise.all([
    page.waitForResponse((answer) => answer.ok() && answer.url().includes("kind=refusals")),
    page.getByRole("option", { name: say.refusals, exact: true }).click(),
  ]);
}
