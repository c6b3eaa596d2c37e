// The page of README.md, which every host has at /open and /secured.

import { readFileSync } from "node:fs";

import { same, step } from "./visitor.mjs";

const [, printed] = /^```text\n(.*?)^```$/ms.exec(readFileSync("README.md", "utf8"));

// follow opens the page at a URL, and checks what it prints. Prepare gets the
// Playwright page first.
async function follow(browser, url, prepare) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (err) => same(err.stack, "", "what the page throws"));
  await prepare(page);
  await page.goto(url);
  await page.locator("pre", { hasText: printed.trim().split("\n").pop() }).waitFor();
  same(await page.locator("pre").textContent(), printed, `what ${url} shows`);
  await page.context().close();
}

// empty deletes all tasks of a server.
async function empty(api, token) {
  const headers = { Authorization: `Bearer ${token}` };
  for (const { id } of await (await fetch(`${api}/tasks`, { headers })).json()) {
    await fetch(`${api}/tasks/${id}`, { method: "DELETE", headers });
  }
}

export async function readme(browser, plan) {
  await step("the page of README.md works as it stands", async () => {
    await empty(plan.open, "");
    await follow(browser, `http://localhost:${plan.page}/open`, () => {});
  });

  await step("the page of README.md uses a token", async () => {
    await empty(plan.secured, plan.token);
    await follow(browser, `http://app.example:${plan.page}/secured`, (page) =>
      page.addInitScript((token) => sessionStorage.setItem("token", token), plan.token),
    );
  });

  await step("the page of README.md creates a task once, even if the answer is lost", async () => {
    await empty(plan.open, "");
    let lost = 0;
    await follow(browser, `http://localhost:${plan.page}/open`, (page) =>
      page.route("**/tasks", async (route) => {
        if (route.request().method() !== "POST" || lost > 0) return route.continue();
        lost++;
        await route.fetch();
        return route.abort();
      }),
    );
    same(lost, 1, "the number of lost answers");
  });
}
