// Looks at pages: keeps a picture of each, asks axe for what bars people from it, and sees that
// nothing is wider than the window. options: {admin?, pages: {name: address}, axe: file}
import { readFile } from "node:fs/promises";

const BARRIERS = ["serious", "critical"];
// Those of WCAG 2.2 are off unless they are asked for.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export default async function look(visit, { admin, pages, axe }) {
  const { page } = visit;
  const source = await readFile(axe, "utf8");
  const barriers = [];
  if (admin) await visit.logIn(admin);
  for (const [name, address] of Object.entries(pages)) {
    await visit.open(address);
    await visit.shot(name);
    const wide = await visit.overflow();
    if (wide > 0) barriers.push(`${name}: ${wide} pixels wider than the window`);
    await page.evaluate(source);
    const { violations } = await page.evaluate(
      (values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
    for (const { id, impact, help, nodes } of violations) {
      const [{ target, failureSummary }] = nodes;
      if (BARRIERS.includes(impact)) {
        barriers.push(`${name}: ${id} (${impact}) ${help}: ${target.join(" ")}: ${failureSummary}`);
      }
    }
    for (const small of await page.evaluate(smallTargets)) barriers.push(`${name}: ${small}`);
  }
  return barriers;
}

// What is clicked and is smaller than 24 by 24 pixels, but for links within a text and what is
// there for a screen reader alone.
function smallTargets() {
  const LEAST = 24;
  const isInText = (element) => getComputedStyle(element).display === "inline" &&
    element.parentElement.innerText.trim() !== element.innerText.trim();
  return [...document.querySelectorAll("a[href], button, input[type=checkbox], [role=button]")]
    .filter((element) => element.checkVisibility() && !element.matches(".sr-only") &&
      !isInText(element))
    .map((element) => [element, (element.closest("label") ?? element).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < LEAST || height < LEAST)
    .map(([element, { width, height }]) =>
      `${element.localName}.${element.className} ${element.innerText}: ${width} by ${height}`);
}
