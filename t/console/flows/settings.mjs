// Changes a default and the zone, and undoes what was typed. options: {admin, day, zone}
import assert from "node:assert/strict";

export default async function settings(visit, { admin, day, zone }) {
  const { page, texts } = visit;
  const say = texts.settings;
  await visit.logIn(admin);
  await visit.open("settings");
  const input = page.getByLabel(say.day, { exact: true });
  const save = page.getByRole("button", { name: say.save, exact: true });
  const before = await input.inputValue();
  assert.ok(await save.isDisabled());

  await input.fill("many");
  await page.getByText(say.wrong).waitFor();
  assert.ok(await save.isDisabled());
  await page.getByRole("button", { name: say.undo, exact: true }).click();
  assert.equal(await input.inputValue(), before);

  await input.fill(day);
  await save.click();
  await page.getByText(say.saved).first().waitFor();
  await visit.shot("settings");

  await page.getByRole("combobox", { name: say.zone }).fill(zone.split("/").at(-1));
  await page.getByRole("option", { name: zone }).click();
  await save.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(zone).waitFor();
  await visit.shot("zone");
  await dialog.getByRole("button", { name: say.confirm, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.reload();
  await visit.settle();
  assert.equal(await page.getByLabel(say.day, { exact: true }).inputValue(),
    day.replaceAll(",", ""));
  await page.locator(".el-select", { hasText: zone }).waitFor();
}
