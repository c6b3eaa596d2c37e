// The page of README.md, which the server of empty pages has at /readme.

import { readFileSync } from "node:fs";

import { same, step } from "./visitor.mjs";

const [, printed] = /^```text\n(.*?)^```$/ms.exec(readFileSync("README.md", "utf8"));

// follow opens the page from a host, and checks what it prints. Prepare gets the
// Playwright page first.
async function follow(browser, plan, host, api, prepare) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (err) => same(err.stack, "", "what the page throws"));
  await prepare(page);
  await page.goto(`http://${host}:${plan.page}/readme?api=${api}`);
  await page.locator("pre", { hasText: printed.trim().split("\n").pop() }).waitFor();
  same(await page.locator("pre").textContent(), printed, `what the page of ${host} shows`);
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
    await follow(browser, plan, "localhost", plan.open, () => {});
  });

  await step("the page of README.md uses a token", async () => {
    await empty(plan.secured, plan.token);
    await follow(browser, plan, "app.example", plan.secured, (page) =>
      page.addInitScript((token) => sessionStorage.setItem("token", token), plan.token),
    );
  });

  await step("the page of README.md creates a task once, even if the answer is lost", async () => {
    await empty(plan.open, "");
    let lost = 0;
    await follow(browser, plan, "localhost", plan.open, (page) =>
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
