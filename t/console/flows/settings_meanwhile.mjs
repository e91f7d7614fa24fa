// Another admin changes settings under the form: nothing is saved, with the question about the zone
// or without, what was typed stays, and after the present state was loaded it can be saved.
// options: {admin, other, day, contact, zone, months: [theirs first, theirs then], next}
import assert from "node:assert/strict";

import { press } from "../keys.mjs";
import { logInApart } from "../other_admin.mjs";

export default async function settingsMeanwhile(visit, options) {
  const { page, texts: { settings: say, meanwhile: told } } = visit;
  const changeApart = await logInApart(visit, options.other);
  const change = (path, body) => changeApart(path, { ...body, password: options.other.password });
  visit.expect(/status of 412/);
  await visit.logIn(options.admin, "settings");
  const field = (label) => page.getByLabel(label, { exact: true });
  const [day, month, contact] = [say.day, say.month, say.contact].map(field);
  const save = async (label) => {
    await press(page, say.save);
    const dialog = page.getByRole("dialog").filter({ visible: true });
    await dialog.getByLabel(visit.texts.accounts.own, { exact: true })
      .fill(options.admin.password);
    await press(dialog, label);
    await dialog.waitFor({ state: "hidden" });
  };
  const refusal = page.getByText(told.refused);
  const typed = async (theirs, whom) => {
    assert.equal(await day.inputValue(), options.day);
    assert.equal(await month.inputValue(), theirs);
    assert.equal(await contact.inputValue(), whom);
  };

  await day.fill(options.day);
  const before = await month.inputValue();
  await change("settings", { default_month: Number(options.months[0]), contact: options.contact });
  await save(say.save);
  await refusal.waitFor();
  await typed(before, "");
  await visit.shot("refused");
  await press(page, told.load);
  await refusal.waitFor({ state: "detached" });
  await typed(options.months[0], options.contact);

  await contact.fill(options.next);
  await page.getByRole("combobox", { name: say.zone }).fill(options.zone.split("/").at(-1));
  await page.getByRole("option", { name: options.zone }).click();
  await change("settings", { default_month: Number(options.months[1]) });
  await save(say.confirm);
  await refusal.waitFor();
  await press(page, told.load);
  await refusal.waitFor({ state: "detached" });
  await typed(options.months[1], options.next);
  await page.locator(".el-select", { hasText: options.zone }).waitFor();
  await save(say.confirm);
  await page.getByText(say.saved).first().waitFor();
}
