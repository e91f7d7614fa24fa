// Changes a key's limit and user. options: {admin, user, next, day}
import { dialogOf, press, rowOf, search } from "../keys.mjs";

export default async function edit(visit, { admin, user, next, day }) {
  const { page, texts } = visit;
  const say = texts.keys;
  const dialog = dialogOf(page);
  await visit.logIn(admin, "keys");
  await search(visit, user);
  await rowOf(page, user).getByRole("button", { name: new RegExp(`^${say.edit} `) }).click();
  await dialog.getByLabel(say.user, { exact: true }).fill(next);
  await dialog.getByLabel(say.day_limit, { exact: true }).fill(day);
  await dialog.getByLabel(say.networks, { exact: true }).fill("not a network");
  await press(dialog, say.save);
  await dialog.locator(".el-form-item__error").waitFor();
  await visit.shot("wrong");
  await dialog.getByLabel(say.networks, { exact: true }).fill("127.0.0.0/8\n2001:db8::/32");
  await press(dialog, say.save);
  await dialog.waitFor({ state: "hidden" });
  await search(visit, next);
  await rowOf(page, next).getByText(`/ ${Number(day).toLocaleString("en-US")}`).waitFor();
}
