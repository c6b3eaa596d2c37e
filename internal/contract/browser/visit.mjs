// What a person does with the documentation, step by step. The script prints each
// step on standard error, and the result as JSON on standard output.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { chromium } from "playwright-core";

import { origins } from "./origins.mjs";
import { readme } from "./readme.mjs";
import { check, result, same, step, Visitor } from "./visitor.mjs";

const plan = JSON.parse(process.argv[2]);
const specification = await (await fetch(plan.open + "/openapi.json")).json();
const operations = Object.entries(specification.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, operation]) => operation.operationId)
    .map(([method, operation]) => ({
      id: operation.operationId,
      line: `${method.toUpperCase()} ${path} ${operation.summary}`,
      statuses: Object.keys(operation.responses),
      // Whether a request can have a fault there: takes has the members of a fault.
      takes: {
        pointer: () => Boolean(operation.requestBody),
        parameter: (name) => parameters(operation).some((p) => p.in === "query" && p.name === name),
        header: (name) => parameters(operation).some((p) => p.in === "header" && p.name === name),
      },
    })),
);
const parameters = (operation) =>
  (operation.parameters ?? []).map((p) => (p.$ref ? specification.components.parameters[p.$ref.split("/").pop()] : p));
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
  const schemas = await v.page.locator(".schemas > details").count();
  same(schemas, Object.keys(specification.components.schemas).length, "the number of schemas");
  for (const name of ["openapi.yaml", "openapi.json"]) {
    await v.leads(name);
  }
  await v.leave();
});

await step("every operation runs as it is filled in", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const runs = [
    ["listTasks", 200, (body) => Array.isArray(body) && body.length >= 3 && body[0].id === example.id],
    ["createTask", 201, (body) => body.title === example.title && body.done === false],
    ["getTask", 200, (body) => body.id !== example.id && body.title === example.title],
    ["updateTask", 200, (body) => body.id !== example.id && body.done === true],
    ["deleteTask", 200, (body) => body.id !== example.id && body.done === true],
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
  check((await v.advice("deleteTask").innerText()).includes("another task"), "a deletion does not say that the fields hold another id");
  same((await v.execute("getTask")).status, 200, "the status of getTask after a deletion");
  await v.isAccessible("the page with all operations run");
  await v.fits("the page with all operations run");
  await v.operation("getTask").locator(".execute").evaluate((button) => button.scrollIntoView());
  await shot(v, "executed");
  await v.leave();
});

await step("a dark page is as accessible; a choice against the system's is remembered, and nothing else", async () => {
  const v = await Visitor.arrive(browser, plan.open, { ...desktop, colorScheme: "dark" });
  await v.read();
  const brightness = () => v.page.evaluate(() => Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]));
  const kept = () => v.page.evaluate(() => [{ ...localStorage }, sessionStorage.length, document.cookie]);
  const button = v.page.locator("#theme");
  check((await brightness()) < 50, "the page is bright in a dark system");
  same([await button.getAttribute("aria-pressed"), await kept()], ["true", [{}, 0, ""]], "the button, and what the browser keeps");
  await v.isAccessible("the dark overview");
  await shot(v, "overview-dark");
  for (const { id } of operations) {
    await v.open(id);
    await v.execute(id);
    await v.operation(id).locator(".folded button").first().click();
  }
  await v.isAccessible("the dark page with all operations run");
  await v.operation("updateTask").evaluate((element) => element.scrollIntoView());
  await shot(v, "executed-dark");
  await v.openSchemas();
  await v.isAccessible("the dark page with all schemas open");
  await button.click();
  check((await brightness()) > 200, "the page is dark after the button was pressed");
  same([await button.getAttribute("aria-pressed"), await kept()], ["false", [{ "tasks-theme": "light" }, 0, ""]], "the button, and what the browser keeps then");
  for (const path of ["/docs/", "/problems/not-found"]) {
    await v.page.goto(plan.open + path);
    check((await brightness()) > 200, `${path} is dark against the reader's choice`);
    same(await button.getAttribute("aria-pressed"), "false", `the button of ${path}`);
  }
  await button.click();
  check((await brightness()) < 50, "the page is bright after the button was pressed again");
  same(await kept(), [{}, 0, ""], "what the browser keeps of a choice that is the system's");
  await v.isAccessible("a dark problem page");
  await shot(v, "problem-dark");
  await v.leave();
});

await step("the contents stand beside the page and lead to its parts", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const links = v.page.locator(".contents a");
  const texts = await links.allInnerTexts();
  for (const name of ["Errors", "Compatibility", ...Object.keys(specification.components.schemas)]) {
    check(texts.includes(name), `the contents lack ${name}`);
  }
  same(texts.filter((text) => /^[A-Z]{3,}\s/.test(text)).length, operations.length, "the number of operations in the contents");
  const { x, width } = await v.page.locator(".contents").boundingBox();
  check(x + width <= (await v.page.locator("main").boundingBox()).x, "the contents are not beside the page");
  for (let i = 0; i < texts.length; i++) {
    await links.nth(i).click();
    await v.page.waitForTimeout(600); // The page scrolls there.
    const target = await v.page.evaluate(() => {
      const id = location.hash.replace("#/", "operations-").replace("/", "-").replace("#", "");
      const element = document.getElementById(id);
      const open = element?.matches("h2, details[open], .opblock.is-open");
      return { open, top: Math.round(element?.getBoundingClientRect().top) };
    });
    check(target.open, `${texts[i]} leads to nothing that is open`);
    check(target.top > -5 && target.top < 880, `${texts[i]} is ${target.top} pixels below the top of the window`);
  }
  await v.page.goBack();
  check(v.page.url().endsWith("#schema-" + texts.at(-2)), `back leads to ${v.page.url()}`);
  await v.page.locator(".schema a", { hasText: "Fault" }).first().click();
  check(await v.page.locator("#schema-Fault .schema").isVisible(), "the name of a schema does not lead to it");
  await v.openSchemas();
  await v.isAccessible("the page with all schemas open");
  await v.page.locator(".schemas").evaluate((element) => element.scrollIntoView());
  await shot(v, "schemas");
  await v.leave();
});

await step("a link to a schema opens it", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read("#schema-Task");
  await v.page.locator("#schema-Task .schema").waitFor();
  same((await v.page.locator("#schema-Task th").allInnerTexts()).map((text) => text.split(/\s/)[0]), ["id", "title", "done"], "the members of a task");
  check(v.page.url().endsWith("#schema-Task"), `the address becomes ${v.page.url()}`);
  await v.leave();
});

await step("errors are folded, and an invalid request is shown with faults that it can have", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  for (const { id, statuses, takes } of operations) {
    await v.open(id);
    const { height } = await v.operation(id).boundingBox();
    console.error(`  ${id}: ${Math.round(height)} pixels`);
    check(height < 2000, `${id} is ${Math.round(height)} pixels tall`);
    const errors = v.operation(id).locator(".folded");
    same(await errors.locator(".response-col_status").allInnerTexts(), statuses.filter((status) => status >= "400"), `the folded responses of ${id}`);
    const invalid = errors.filter({ hasText: "400" }).locator("button");
    await invalid.click();
    const opened = v.operation(id).locator("[data-code='400']");
    const names = await opened.locator(".examples-select-element option").evaluateAll((options) => options.map((option) => option.value));
    check(names.length > 0, `${id} shows no example of an invalid request`);
    for (const name of names) {
      await opened.locator(".examples-select-element").selectOption(name);
      for (const { detail, ...place } of JSON.parse(await opened.locator("pre").innerText()).errors) {
        const [[kind, at]] = Object.entries(place);
        check(takes[kind](at), `${id} cannot have the fault of its example: ${detail}`);
      }
    }
    await invalid.click();
    same(await opened.count(), 0, `the number of open errors of ${id} after all were closed`);
  }
  await v.leave();
});

await step("each snippet sends the request that was sent", async () => {
  const v = await Visitor.arrive(browser, plan.open, desktop);
  await v.read();
  const run = {
    curl: (text) => execFileSync("sh", ["-c", text.replace("curl", "curl -sS")]),
    JavaScript: (text) => execFileSync("node", ["--input-type=module", "-e", text]),
    Python: (text) => execFileSync("python3", ["-c", text]),
    Go: (text) => {
      writeFileSync("snippet.go", text);
      return execFileSync("go", ["run", "snippet.go"]);
    },
  };
  const title = `It's a "title" of \`ends\`: """ \\ \${x} $HOME ''' 🎉 "`;
  const send = async (id, body) => {
    await v.open(id);
    if (body) {
      await v.operation(id).locator("textarea.body-param__text").fill(JSON.stringify(body, null, 2));
    }
    await v.execute(id);
    const buttons = v.operation(id).locator(".snippets [role=group] button");
    same(await buttons.allInnerTexts(), Object.keys(run), `the languages of ${id}`);
    for (const [language, start] of Object.entries(run)) {
      const button = buttons.filter({ hasText: language });
      await button.click();
      same(await button.getAttribute("aria-pressed"), "true", `whether ${language} is chosen`);
      const output = start(await v.operation(id).locator(".snippets pre").textContent()).toString();
      check(output.includes("🎉"), `${language} prints ${output} for ${id}`);
    }
  };
  await send("createTask", { title });
  await send("getTask");
  const all = await (await fetch(plan.open + "/tasks")).json();
  same(all.filter((task) => task.title === title).length, 1 + Object.keys(run).length, "the number of tasks that the page and the snippets created");
  await v.isAccessible("the page with a snippet");
  await shot(v, "snippet");
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
  check(await v.advice("deleteTask").getByRole("link", { name: "create a task" }).isVisible(), "after the deletion of the only known task, nothing leads on");
  same((await run("getTask", 404, {})).body.type, "/problems/not-found", "the type");
  await v.advice("getTask").getByRole("link", { name: "create a task" }).click();
  check(v.page.url().endsWith("#/tasks/createTask"), `the advice leads to ${v.page.url()}`);
  await run("createTask", 201, { [bodyField]: '{"title": "Anew"}' });
  same((await run("getTask", 200, {})).body.title, "Anew", "the title of the task in the field");
  await run("deleteTask", 200, {});
  await run("listTasks", 200, {});
  await run("getTask", 200, {});
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
  same(await v.page.locator(".contents nav").isVisible(), false, "whether the contents are unfolded");
  await v.page.locator(".contents summary").tap();
  await v.fits("the contents");
  await shot(v, "phone-contents");
  await v.page.locator(".contents a", { hasText: "TaskTitle" }).tap();
  await v.openSchemas();
  await v.fits("the page with all schemas open");
  await v.page.locator("#schema-Problem").evaluate((element) => element.scrollIntoView());
  await shot(v, "phone-schemas");
  for (const { id } of operations) {
    await v.operation(id).locator(".opblock-summary-control").tap();
    await v.operation(id).locator(".execute").waitFor();
    await v.fits(id);
  }
  for (const [id, status] of [["listTasks", 200], ["createTask", 201]]) {
    same((await v.execute(id, (button) => button.tap())).status, status, `the status of ${id}`);
    await v.fits(`${id} with its answer`);
    await v.operation(id).locator(".snippets button", { hasText: "Go" }).tap();
    await v.fits(`${id} with a snippet`);
    await v.operation(id).locator(".folded button").first().tap();
    await v.fits(`${id} with an error unfolded`);
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

await step("the README has a picture", async () => {
  const v = await Visitor.arrive(browser, plan.open, { viewport: { width: 1280, height: 1100 } });
  await v.read("#/tasks/getTask");
  await v.operation("getTask").locator(".execute").waitFor();
  await v.execute("getTask");
  await v.operation("getTask").evaluate((element) => element.scrollIntoView());
  await shot(v, "picture");
  await v.leave();
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
await readme(browser, plan);

console.log(JSON.stringify({ version: browser.version(), ...result() }));
await browser.close();
