// A key's page follows its usage by itself. options: {admin, id, used, limit}
import { readFile } from "node:fs/promises";
import assert from "node:assert/strict";

export default async function detail(visit, { admin, id, used, limit }) {
  const { page, texts } = visit;
  await visit.logIn(admin, `keys/${id}`);
  await page.locator(".usage-chart canvas").waitFor();
  await page.getByText(`${used} / ${limit.toLocaleString("en-US")}`).first().waitFor();
  await visit.shot("detail");
  for (const days of [7, 90]) {
    await page.locator(".el-radio-button", { hasText: String(days) }).click();
    await page.waitForFunction((count) =>
      document.querySelectorAll("section table tbody tr").length === count + 1, days);
  }
  await visit.shot("days");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: texts.lookup.csv }).click();
  const csv = await readFile(await (await saving).path(), "utf8");
  assert.equal(csv.trim().split("\r\n").length, 91);
}
