// What the flows on the page of the keys have in common.
export const rowOf = (page, text) =>
  page.locator(".key-table tbody tr, .key-cards > li").filter({ hasText: text });

// The dialog that is open.
export const dialogOf = (page) => page.getByRole("dialog").filter({ visible: true });

export const press = (place, label) =>
  place.getByRole("button", { name: label, exact: true }).click();

// In the page of the keys: types, and waits until only what was searched for is left.
export async function search(visit, text, count = 1) {
  const { page, texts } = visit;
  const box = page.getByRole("textbox", { name: texts.keys.search, exact: true });
  await box.fill(text);
  await box.press("Enter");
  await page.waitForFunction((wanted) => document.querySelectorAll(
    ".key-table tbody tr, .key-cards > li").length === wanted, count);
  await visit.settle();
}

// From a row's own menu.
export async function choose(page, row, label) {
  await row.locator(".el-dropdown button").click();
  await page.getByRole("menuitem", { name: label, exact: true }).click();
}
