// Makes many keys at once, and disables and deletes them at once. Gives the keys.
// options: {admin, user, count}
import { readFile } from "node:fs/promises";
import assert from "node:assert/strict";

import { dialogOf, press, rowOf, search } from "../keys.mjs";

export default async function many(visit, { admin, user, count }) {
  const { page, texts } = visit;
  const say = texts.keys;
  const dialog = dialogOf(page);
  await visit.logIn(admin, "keys");
  await press(page, say.create);
  await dialog.getByLabel(say.user, { exact: true }).fill(user);
  await dialog.getByLabel(say.count, { exact: true }).fill(String(count));
  await press(dialog, say.create_now);
  const keys = (await dialog.locator("pre").innerText()).split("\n");
  assert.equal(new Set(keys).size, count);
  await visit.shot("made");
  const saving = page.waitForEvent("download");
  await press(dialog, texts.lookup.csv);
  const csv = await readFile(await (await saving).path(), "utf8");
  assert.ok(csv.startsWith("\uFEFF") && keys.every((key) => csv.includes(key)), "not in the CSV");
  await press(dialog, say.done);
  await dialog.waitFor({ state: "hidden" });

  await search(visit, user, count);
  const listing = page.waitForEvent("download");
  await press(page, texts.lookup.csv);
  const list = await readFile(await (await listing).path(), "utf8");
  assert.ok(list.startsWith("\uFEFF") && list.trim().split("\r\n").length === count + 1, list);
  assert.ok(!keys.some((key) => list.includes(key)), "a whole key is in the list's CSV");

  const rows = await rowOf(page, user).all();
  for (const row of rows) await row.getByRole("checkbox").click();
  const bar = page.getByRole("region", { name: say.batch });
  await visit.shot("picked");
  await press(bar, say.disable);
  for (const row of rows) await row.getByText(texts.status.disabled, { exact: true }).waitFor();
  await press(bar, say.delete);
  await dialog.getByText(String(count)).first().waitFor();
  await visit.shot("delete");
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill(admin.password);
  await press(dialog, say.delete);
  await page.getByText(say.none_found).waitFor();
  return keys;
}
