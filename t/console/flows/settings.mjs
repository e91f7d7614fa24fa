// Changes a default, what refusals say, and the zone, and undoes what was typed.
// options: {admin, day, zone, language, contact}
import assert from "node:assert/strict";

export default async function settings(visit, { admin, day, zone, language, contact }) {
  const { page, texts } = visit;
  const say = texts.settings;
  await visit.logIn(admin);
  await visit.open("settings");
  const input = page.getByLabel(say.day, { exact: true });
  const save = page.getByRole("button", { name: say.save, exact: true });
  const before = await input.inputValue();
  const dialog = page.getByRole("dialog").filter({ visible: true });
  const confirm = async (label) => {
    await dialog.getByLabel(texts.accounts.own, { exact: true }).fill(admin.password);
    await dialog.getByRole("button", { name: label, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
  };
  assert.ok(await save.isDisabled());

  await input.fill("many");
  await page.getByText(say.wrong).waitFor();
  assert.ok(await save.isDisabled());
  await page.getByRole("button", { name: say.undo, exact: true }).click();
  assert.equal(await input.inputValue(), before);

  await input.fill(day);
  await save.click();
  visit.expect(/status of 401/);
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill("not the password at all");
  await visit.shot("password");
  await dialog.getByRole("button", { name: say.save, exact: true }).click();
  await dialog.getByText(texts.login.wrong).waitFor();
  await confirm(say.save);
  await page.getByText(say.saved).first().waitFor();

  const whom = page.getByLabel(say.contact, { exact: true });
  await whom.fill("字".repeat(67));
  await page.getByText(say.contact_wrong).waitFor();
  assert.ok(await save.isDisabled());
  await whom.fill(contact);
  await page.getByText(say.language[language], { exact: true }).click();
  await save.click();
  await confirm(say.save);
  await page.waitForFunction(() => document.querySelector("form button[type=submit]").disabled);
  assert.equal(await page.getByLabel(say.contact, { exact: true }).inputValue(), contact);
  await visit.shot("settings");

  await page.getByRole("combobox", { name: say.zone }).fill(zone.split("/").at(-1));
  await page.getByRole("option", { name: zone }).click();
  await save.click();
  await dialog.getByText(zone).waitFor();
  await visit.shot("zone");
  await confirm(say.confirm);
  await page.reload();
  await visit.settle();
  assert.equal(await page.getByLabel(say.day, { exact: true }).inputValue(),
    day.replaceAll(",", ""));
  await page.locator(".el-select", { hasText: zone }).waitFor();
}
