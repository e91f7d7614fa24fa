// Disables a key, or enables it. options: {admin, user, enable}
import { rowOf, search } from "../keys.mjs";

export default async function toggle(visit, { admin, user, enable }) {
  const { page, texts } = visit;
  await visit.logIn(admin, "keys");
  await search(visit, user);
  const row = rowOf(page, user);
  const label = enable ? texts.keys.enable : texts.keys.disable;
  await row.getByRole("button", { name: new RegExp(`^${label} `) }).click();
  const status = enable ? texts.status.active : texts.status.disabled;
  await row.getByText(status, { exact: true }).waitFor();
  await visit.shot(enable ? "enabled" : "disabled");
}
