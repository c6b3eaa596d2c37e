// A visitor is a person with a browser: a page under observation, and what a
// person can do and see there.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// The findings of axe that are allowed, and where: markup of Swagger UI that
// neither its settings nor our style can change.
const known = [
  {
    rule: "label-content-name-mismatch",
    where: ".auth-container button[type=submit]",
    reason: "the label of the button Authorize is Apply credentials",
  },
];

let checks = 0;
const findings = [];

export function check(ok, text) {
  checks++;
  if (!ok) {
    findings.push(text);
    console.error("  FINDING:", text);
  }
}

export function same(got, want, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  check(a === b, `${what} is ${a}, want ${b}`);
}

// step runs a step and prints its name. An exception is a finding, and the
// other steps still run.
export async function step(name, run) {
  const before = checks;
  const begin = Date.now();
  let failed = null;
  await run().catch((err) => (failed = err));
  check(!failed, `${name}: ${failed?.stack}`);
  console.error(`${name}: ${checks - before} checks, ${Date.now() - begin} ms`);
}

export const result = () => ({ checks, findings: findings.length });

export class Visitor {
  // options are Playwright's for a browser context.
  static async arrive(browser, url, options) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    return new Visitor(page, url);
  }

  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.requests = [];
    this.refusals = 0; // The number of refused requests still to come.
    page.on("request", (request) => {
      this.requests.push(request);
      const { origin, protocol } = new URL(request.url());
      check(origin === new URL(url).origin || protocol === "data:", `a request to ${request.url()}`);
    });
    page.on("requestfailed", (request) => check(false, `${request.url()}: ${request.failure().errorText}`));
    page.on("pageerror", (err) => check(false, `an exception: ${err.stack}`));
    page.on("console", (message) => this.hear(message)); // Violations of the policy appear here, too.
  }

  hear(message) {
    const refused = /^Failed to load resource: the server responded with a status of 4\d\d /.test(message.text());
    if (refused && this.refusals > 0) {
      this.refusals--;
    } else {
      check(false, `the console shows: ${message.type()}: ${message.text()} ${message.location().url}`);
    }
  }

  // read opens the documentation, at a deep link if there is one.
  async read(fragment = "") {
    await this.page.goto(`${this.url}/docs/${fragment}`);
    await this.page.locator(".opblock").first().waitFor();
  }

  // leads checks that the link with the name leads to something on the server.
  async leads(name) {
    const to = await this.page.getByRole("link", { name }).evaluate((link) => link.href);
    check(to.startsWith(this.url + "/"), `the link ${name} leads to ${to}`);
    same((await this.page.request.get(to)).status(), 200, `the status of ${to}`);
  }

  async leave() {
    same(this.refusals, 0, "the number of refusals that are missing");
    await this.page.context().close();
  }

  operation(id) {
    return this.page.locator(`#operations-tasks-${id}`);
  }

  // advice is what the page says about going on, below an answer.
  advice(id) {
    return this.operation(id).locator(".advice");
  }

  async openSchemas() {
    await this.page.locator(".schemas > details").evaluateAll((all) => all.forEach((details) => (details.open = true)));
  }

  async open(id) {
    await this.operation(id).locator(".opblock-summary-control").click();
    await this.operation(id).locator(".execute").waitFor();
  }

  // execute presses the button and returns the status, the text and the body that
  // the page shows then.
  async execute(id, press = (button) => button.click()) {
    const answered = this.page.waitForResponse((response) => response.url().startsWith(this.url + "/tasks"));
    const [answer] = await Promise.all([answered, press(this.operation(id).locator(".execute"))]);
    const requestId = answer.headers()["x-request-id"];
    const shown = this.operation(id).locator(".live-responses-table", { hasText: requestId });
    await shown.waitFor();
    const status = Number.parseInt(await shown.locator("tbody .response-col_status").innerText());
    const text = await shown.innerText();
    if (status < 400) { // Swagger UI shows no duration of a refused request.
      check(/Request duration\s+\d+ ms/.test(text), `${id} does not show how long it took: ${text}`);
    }
    return { status, text, body: JSON.parse(await shown.locator(".highlight-code pre").first().innerText()) };
  }

  // fits checks that the page is not wider than the window, which a phone widens
  // to the page.
  async fits(what) {
    const width = await this.page.evaluate(() => document.documentElement.scrollWidth);
    const window = this.page.viewportSize().width;
    check(width <= window, `${what} is ${width} pixels wide in a window of ${window}`);
  }

  // isAccessible runs axe on what the page shows.
  async isAccessible(what) {
    await this.page.evaluate(axe);
    const { violations, passes } = await this.page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations", "passes"] }));
    check(passes.length > 10, `axe checked only ${passes.length} rules of ${what}`);
    for (const { id, help, nodes } of violations) {
      for (const { target } of nodes) {
        const element = this.page.locator(target.join(" "));
        const allowed = known.filter(({ rule }) => rule === id).map(({ where }) => where);
        const excused = allowed.length > 0 && (await element.evaluate((e, where) => e.matches(where), allowed.join(", ")));
        check(excused, `${what}: axe: ${id}: ${help}: ${target.join(" ")}`);
      }
    }
  }

  async tabTo(locator, most = 60) {
    for (let i = 0; i < most; i++) {
      await this.page.keyboard.press("Tab");
      if (await locator.evaluate((e) => e === document.activeElement)) {
        check(await locator.evaluate((e) => getComputedStyle(e).outlineStyle !== "none"), "the focus is invisible");
        return;
      }
    }
    check(false, `pressing Tab ${most} times does not reach ${locator}`);
  }
}
