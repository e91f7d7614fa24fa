// One visitor with an empty browser: the page, what it may be asked for, and all that went wrong
// on it. Whatever the console of the browser says, whatever the Content-Security-Policy stopped and
// every request to another host is a problem, unless the flow expects it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { texts } from "./texts.mjs";

const ACTION_MS = 15_000;
const SETTLE_MS = 15_000;
const SHOT_HEIGHT_MAX = 6000;

export class Visit {
  // wish: {base, lang: zh|en, width: 1440|390, theme: light|dark, shots: folder}
  static async begin(browser, wish, flow) {
    const visit = new Visit(wish, flow);
    const context = await browser.newContext({
      viewport: { width: wish.width, height: wish.width < 768 ? 844 : 900 },
      hasTouch: wish.width < 768,
      locale: wish.lang === "zh" ? "zh-CN" : "en-US",
      // Not that of the deployment: the console must not show the browser's times.
      timezoneId: "America/New_York",
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(ACTION_MS);
    await context.addInitScript(remember, [wish.lang, wish.theme]);
    visit.context = context;
    await context.exposeBinding("mmxViolation", (_, what) => visit.note(`CSP: ${what}`));
    visit.page = await context.newPage();
    visit.watch(visit.page);
    return visit;
  }

  constructor({ base, lang, width, theme, shots }, flow) {
    Object.assign(this, { base, lang, width, theme, shots, flow });
    this.origin = new URL(base).origin;
    this.texts = texts[lang];
    this.isPhone = width < 768;
    this.found = [];
    this.expected = [];
    this.addresses = [];
  }

  watch(page) {
    page.on("console", (message) => {
      // Element Plus warns of each field that is not filled in well.
      if (message.type() === "error") {
        this.note(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => this.note(`exception: ${error.stack}`));
    page.on("dialog", (dialog) => {
      this.note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const address = request.url();
      this.addresses.push(address);
      if (!/^(blob|data):/.test(address) && new URL(address).origin !== this.origin) {
        this.note(`another host: ${address}`);
      }
    });
  }

  note(problem) {
    this.found.push(problem);
  }

  // A refusal that the flow provokes shows up in the browser's console.
  expect(pattern) {
    this.expected.push(pattern);
  }

  problems() {
    return this.found.filter((problem) => !this.expected.some((each) => each.test(problem)));
  }

  async open(path) {
    await this.page.goto(`${this.base}/console/${path}`);
    await this.settle();
  }

  // Until nothing loads and no skeleton is shown.
  async settle() {
    await this.page.waitForLoadState("networkidle", { timeout: SETTLE_MS });
    await this.page.locator(".el-skeleton").first().waitFor({ state: "detached" });
    await this.page.evaluate(() => document.fonts.ready);
  }

  // next: the page to go to, without its first slash.
  async logIn({ name, password }, next = "") {
    const { page, texts: say } = this;
    await this.open(next ? `login?next=/${next}` : "login");
    await page.getByLabel(say.login.name, { exact: true }).fill(name);
    await page.getByLabel(say.login.password, { exact: true }).fill(password);
    await page.getByRole("button", { name: say.login.submit, exact: true }).click();
    await page.waitForURL((address) => !address.pathname.endsWith("/login"));
    await this.settle();
  }

  // Keeps a picture of the whole page, and gives its file.
  async shot(name) {
    const folder = join(this.shots, `${this.lang}-${this.width}-${this.theme}`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${this.flow}-${name}.png`);
    const size = this.page.viewportSize();
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    // Grown rather than stitched together: what sticks to the window stays where it belongs.
    await this.page.setViewportSize({
      width: size.width, height: Math.min(Math.max(height, size.height), SHOT_HEIGHT_MAX),
    });
    await this.page.screenshot({ path, animations: "disabled" });
    await this.page.setViewportSize(size);
    return path;
  }

  // The page must never be wider than the window.
  async overflow() {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  async end() {
    await this.context.close();
  }
}

// Runs in the page before its own scripts.
function remember([language, theme]) {
  if (window.top !== window) return;
  localStorage.setItem("mmx.language", localStorage.getItem("mmx.language") ?? language);
  localStorage.setItem("mmx.theme", localStorage.getItem("mmx.theme") ?? theme);
  document.addEventListener("securitypolicyviolation", (event) => {
    void window.mmxViolation(
      `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
}
