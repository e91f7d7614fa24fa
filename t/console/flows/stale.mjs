// That figures could not be refreshed is in sight, however far the page is scrolled.
// options: {admin, pages: {name: address}}
import assert from "node:assert/strict";

const REFRESH_MS = 30_000;

export default async function stale(visit, { admin, pages }) {
  const { page, texts } = visit;
  await visit.logIn(admin);
  visit.expect(/status of 503/);
  for (const [name, address] of Object.entries(pages)) {
    await visit.open(address);
    await page.route("**/api/v1/**", (route) => route.fulfill({
      status: 503, contentType: "application/json",
      body: JSON.stringify({ error: { code: "redis_unavailable", message: "Redis is away" } }),
    }));
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    const note = page.locator(".stale-note .el-alert");
    await note.getByText(texts.stale).waitFor({ timeout: REFRESH_MS });
    const { y, height } = await note.boundingBox();
    const window = page.viewportSize();
    assert.ok(y >= 0 && y + height <= window.height, `${name}: the note is at ${y}`);
    await page.screenshot({ path: (await visit.shot(name)).replace(".png", "-window.png") });
    await page.unroute("**/api/v1/**");
  }
}
