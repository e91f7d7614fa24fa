// The overview says what was counted and what is to be done. options: {admin, user, requests, keys}
import assert from "node:assert/strict";

export default async function overview(visit, { admin, user, requests, keys }) {
  const { page, texts } = visit;
  await visit.logIn(admin);
  await visit.open("overview");
  const say = texts.overview;
  await page.getByRole("heading", { name: say.title, exact: true }).waitFor();
  await page.getByRole("heading", { name: say.trend }).waitFor();
  const card = (id) => page.locator(`[data-card=${id}] .value`);
  const shown = async (id) => Number((await card(id).innerText()).replaceAll(",", ""));
  // Totals arrive once a second, and the page refreshes itself: nobody reloads it.
  await page.waitForFunction(
    (least) => Number(document.querySelector("[data-card=today] .value")
      ?.textContent.replaceAll(",", "")) >= least, requests, { timeout: 30_000 });
  assert.ok(await shown("month") >= requests);
  assert.equal(await shown("keys"), keys);
  const busiest = page.locator("section", { hasText: say.busiest });
  const row = busiest.locator("li", { hasText: user });
  await row.waitFor();
  assert.match(await row.innerText(), new RegExp(`${requests} / `));
  await page.locator(".usage-chart canvas").waitFor();
  assert.match(await page.locator(".page-header p").innerText(), /UTC\+8/);
  await visit.shot("overview");
  await row.getByRole("link").click();
  await page.waitForURL(/\/console\/keys\/[0-9a-f]{32}/);
}
