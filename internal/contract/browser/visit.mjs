// What a person does with the documentation, step by step. The script prints each
// step on standard error, and the result as JSON on standard output.

import { chromium } from "playwright-core";

import { origins } from "./origins.mjs";
import { check, result, same, step, Visitor } from "./visitor.mjs";

const plan = JSON.parse(process.argv[2]);
const specification = await (await fetch(plan.open + "/openapi.json")).json();
const operations = Object.entries(specification.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, operation]) => operation.operationId)
    .map(([method, { operationId: id, summary }]) => ({ id, line: `${method.toUpperCase()} ${path} ${summary}` })),
);
const example = specification.components.schemas.Task.example;
const desktop = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

// Playwright adds arguments for a new profile, and for no sandbox, which root
// cannot have.
const browser = await chromium.launch({
  executablePath: plan.chromium,
  args: ["--host-resolver-rules=MAP *.example 127.0.0.1", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const shot = (visitor, name, options) => visitor.page.screenshot({ path: `${plan.screenshots}/${name}.png`, ...options });

await step("the page loads, all from this server", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  await v.page.waitForLoadState("networkidle");
  let total = 0;
  for (const request of v.requests) {
    const response = await request.response();
    const { responseBodySize: size } = await request.sizes();
    total += size;
    same(response.status(), 200, request.url());
    console.error(`  ${new URL(request.url()).pathname}: ${size} bytes`);
  }
  const paint = await v.page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  console.error(`  ${v.requests.length} requests, ${total} bytes; the first paint after ${Math.round(paint)} ms`);
  check(total < 500_000, `the first load takes ${total} bytes: is it compressed?`);
  await v.isAccessible("the overview");
  await shot(v, "overview", { fullPage: true });
  await v.leave();
});

await step("the page shows the operations in the specification's order, and what each does", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const shown = await v.page.locator(".opblock-summary-control").allInnerTexts();
  same(shown.map((text) => text.replaceAll("\u200b", "").trim().split(/\s+/).join(" ")), operations.map(({ line }) => line), "the list of operations");
  same(await v.page.locator(".btn.authorize, .authorization__btn, .servers, .try-out:visible, .response-col_links:visible").count(), 0, "the clutter");
  const description = await v.page.locator(".info .renderedMarkdown").innerText();
  check(["Errors", "Conditional requests", "rel=\"next\""].every((part) => description.includes(part)), `the description is ${description}`);
  const schemas = await v.page.locator(".models .model-container").count();
  same(schemas, Object.keys(specification.components.schemas).length, "the number of schemas");
  await v.leave();
});

await step("every operation runs as it is filled in", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const done = { ...example, done: true };
  const runs = [
    ["listTasks", 200, (body) => Array.isArray(body) && body.length >= 3 && body[0].id === example.id],
    ["createTask", 201, (body) => body.title === example.title && body.done === false],
    ["getTask", 200, (body) => JSON.stringify(body) === JSON.stringify(example)],
    ["updateTask", 200, (body) => JSON.stringify(body) === JSON.stringify(done)],
    ["deleteTask", 200, (body) => JSON.stringify(body) === JSON.stringify(done)],
  ];
  for (const { id } of operations) {
    check(runs.some(([run]) => run === id), `nothing runs ${id}: add a row to runs in internal/contract/browser/visit.mjs, before that of deleteTask`);
  }
  for (const [id, status, good] of runs) {
    await v.open(id);
    const rows = v.operation(id).locator("tr[data-param-name]");
    const required = await rows.locator(".required").count();
    check(required === 0 || (await rows.first().locator(".required").count()) > 0, `${id} asks for an optional parameter first`);
    const answer = await v.execute(id);
    same(answer.status, status, `the status of ${id}`);
    check(good(answer.body), `${id} shows ${JSON.stringify(answer.body)}`);
  }
  await v.isAccessible("the page with all operations run");
  await v.fits("the page with all operations run");
  await v.operation("getTask").locator(".execute").evaluate((button) => button.scrollIntoView());
  await shot(v, "executed");
  await v.leave();
});

await step("with an id from an answer, every operation runs; errors are shown", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const run = async (id, status, fill) => {
    if ((await v.operation(id).locator(".execute").count()) === 0) {
      await v.open(id);
    }
    for (const [selector, text] of Object.entries(fill)) {
      await v.operation(id).locator(selector).fill(text);
    }
    v.refusals += status >= 400 ? 1 : 0;
    const answer = await v.execute(id);
    same(answer.status, status, `the status of ${id}`);
    return answer;
  };
  const bodyField = "textarea.body-param__text";
  const idField = "tr[data-param-name=id] input";
  const { id } = (await run("createTask", 201, { [bodyField]: '{"title": "Pasted 🎉"}' })).body;
  same((await run("getTask", 200, { [idField]: id })).body.title, "Pasted 🎉", "the title");
  same((await run("updateTask", 200, { [idField]: id, [bodyField]: '{"title": "New"}' })).body.title, "New", "the new title");
  same((await run("deleteTask", 200, { [idField]: id })).body.title, "New", "the deleted title");
  same((await run("getTask", 404, {})).body.type, "/problems/not-found", "the type");
  const refused = await run("createTask", 400, { [bodyField]: '{"titel": "x"}' });
  same(refused.body.errors.map((fault) => fault.pointer), ["#/title", "#/titel"], "where the faults are");
  const page = await run("listTasks", 200, { "tr[data-param-name=limit] input": "1" });
  same(page.body.length, 1, "the length of a page");
  check(page.text.includes('rel="next"'), "the answer does not show the link to the next page");
  await v.leave();
});

await step("a deep link leads to its operation", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read("#/tasks/deleteTask");
  await v.operation("deleteTask").locator(".execute").waitFor();
  same(await v.page.locator(".opblock.is-open").count(), 1, "the number of open operations");
  await v.page.waitForTimeout(500); // The page scrolls there.
  const box = await v.operation("deleteTask").boundingBox();
  check(box.y >= -1 && box.y < 600, `the operation is ${box.y} pixels below the top of the window`);
  await v.open("listTasks");
  check(v.page.url().endsWith("#/tasks/listTasks"), `the address is ${v.page.url()} after another operation was opened`);
  await v.leave();
});

await step("a phone is wide enough", async () => {
  const v = await Visitor.arrive(browser, plan.open, phone);
  await v.read();
  await v.fits("the overview");
  await shot(v, "phone");
  for (const { id } of operations) {
    await v.operation(id).locator(".opblock-summary-control").tap();
    await v.operation(id).locator(".execute").waitFor();
    await v.fits(id);
  }
  for (const [id, status] of [["listTasks", 200], ["createTask", 201]]) {
    same((await v.execute(id, (button) => button.tap())).status, status, `the status of ${id}`);
    await v.fits(`${id} with its answer`);
  }
  await v.operation("createTask").locator(".execute").scrollIntoViewIfNeeded();
  await shot(v, "phone-executed");
  await v.leave();
});

await step("the keyboard is enough", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  await v.tabTo(v.operation("createTask").locator(".opblock-summary-control"));
  await v.page.keyboard.press("Enter");
  await v.operation("createTask").locator(".execute").waitFor();
  const { status } = await v.execute("createTask", async (button) => {
    await v.tabTo(button);
    await v.page.keyboard.press("Enter");
  });
  same(status, 201, "the status of createTask");
  await v.leave();
});

await step("with tokens, Authorize lets a person in", async () => {
  const v = await Visitor.arrive(browser, plan.secured, desktop);
  await v.read();
  same(await v.page.locator(".opblock .authorization__btn").count(), operations.length, "the number of locks");
  await v.open("listTasks");
  v.refusals++;
  const refused = await v.execute("listTasks");
  same([refused.status, refused.body.type], [401, "/problems/unauthorized"], "the answer without a token");
  await v.page.locator(".btn.authorize").click();
  await v.page.locator(".modal-ux input").fill(plan.token);
  await v.isAccessible("the page that asks for the token");
  await shot(v, "authorize");
  await v.page.locator(".modal-ux button[type=submit]").click();
  await v.page.locator(".modal-ux .btn-done").click();
  same((await v.execute("listTasks")).status, 200, "the status with the token");
  await v.open("createTask");
  same((await v.execute("createTask")).status, 201, "the status of createTask with the token");
  await v.page.reload();
  same(await v.page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0], "what the browser keeps");
  await v.leave();
});

await step("each problem type has its page", async () => {
  const types = new Set(JSON.stringify(specification).match(/\/problems\/[a-z-]+(?=")/g)).add("/problems/method-not-allowed").add("/problems/misdirected-request");
  check(types.size >= 8, `the specification has only ${types.size} problem types`);
  for (const options of [desktop, phone]) {
    const v = await Visitor.arrive(browser, plan.open, options);
    for (const type of types) {
      await v.page.goto(plan.open + type);
      const heading = await v.page.locator("h1").innerText();
      const title = type.replace("/problems/", "").replaceAll("-", " ");
      check(/^[45]\d\d /.test(heading) && heading.toLowerCase().endsWith(title), `the heading of ${type} is ${heading}`);
      check((await v.page.locator("p").allInnerTexts()).every((text) => text.length > 20), `the page ${type} has a short paragraph`);
      await v.isAccessible(type);
      await v.fits(type);
    }
    await v.page.goto(plan.open + "/problems/invalid-request");
    await shot(v, options === phone ? "problem-phone" : "problem");
    await v.page.locator("a", { hasText: "documentation" }).click();
    await v.page.locator(".opblock").first().waitFor();
    await v.leave();
  }
});

await step("without JavaScript, the page leads to the specification", async () => {
  const v = await Visitor.arrive(browser, plan.open, { ...phone, javaScriptEnabled: false });
  await v.page.goto(plan.open + "/docs/");
  same(await v.page.locator("noscript a").getAttribute("href"), "../openapi.yaml", "the target of the link");
  check(await v.page.locator("noscript a").isVisible(), "the link is invisible");
  same(await v.page.locator(".loading").isVisible(), false, "that the page says it is loading");
  await shot(v, "no-javascript");
  await v.leave();
});

await origins(browser, plan);

console.log(JSON.stringify({ version: browser.version(), ...result() }));
await browser.close();
