// A form that was filled in is thrown away by Escape, its cross or a click beside it only after a
// question; an empty one at once. options: {admin}
import assert from "node:assert/strict";

import { dialogOf, press } from "../keys.mjs";

export default async function discard(visit, { admin }) {
  const { page, texts } = visit;
  const say = texts.leave;
  const question = page.getByRole("dialog", { name: say.title, exact: true });
  const dialog = dialogOf(page);
  await visit.logIn(admin, "keys");

  await press(page, texts.keys.create);
  const user = dialog.getByLabel(texts.keys.user, { exact: true });
  await user.waitFor();
  await user.press("Escape");
  await user.waitFor({ state: "hidden" });

  await press(page, texts.keys.create);
  await user.fill("half a name");
  for (const leave of [
    () => user.press("Escape"),
    () => page.locator(".el-dialog__headerbtn").filter({ visible: true }).first().click(),
  ]) {
    await leave();
    await question.waitFor();
    await press(question, say.stay);
    await question.waitFor({ state: "hidden" });
    assert.equal(await user.inputValue(), "half a name");
  }
  await user.press("Escape");
  await question.waitFor();
  await visit.shot("question");
  await press(question, say.leave);
  await user.waitFor({ state: "hidden" });

  await visit.open("accounts");
  await press(page, texts.accounts.add);
  const name = dialog.getByLabel(texts.accounts.name, { exact: true });
  await name.fill("someone");
  // Beside the dialog, on what covers the page.
  await page.mouse.click(4, 400);
  await question.waitFor();
  await press(question, say.stay);
  await question.waitFor({ state: "hidden" });
  assert.equal(await name.inputValue(), "someone");
}
