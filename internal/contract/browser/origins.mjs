// What pages of other origins can do with the server, and what they cannot.

import { check, same, step, Visitor } from "./visitor.mjs";

// use runs in a page: it uses every operation of the API at a URL as a program
// would, with every header that the API knows, and returns what it could read.
async function use({ api, token }) {
  const results = {};
  const authorization = token === "" ? {} : { Authorization: `Bearer ${token}` };
  const send = async (name, target, { method = "GET", headers = {}, body } = {}) => {
    const response = await fetch(new URL(target, api), { method, headers: { ...authorization, ...headers }, body });
    const text = await response.text();
    const read = (header) => response.headers.get(header);
    results[name] = { status: response.status, type: text === "" ? undefined : JSON.parse(text).type };
    return { json: text === "" ? undefined : JSON.parse(text), read };
  };
  const json = { "Content-Type": "application/json" };
  const sent = { ...json, "Idempotency-Key": crypto.getRandomValues(new Uint32Array(4)).join("-"), traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-00` };
  const id = "0191c0de-0000-4000-8000-00000000c0de";
  const created = await send("create", "/tasks", { method: "POST", headers: { ...sent, "X-Request-Id": id }, body: '{"title": "From a page"}' });
  const again = await send("create again", "/tasks", { method: "POST", headers: sent, body: '{"title": "From a page"}' });
  const task = created.read("Location");
  const got = await send("get", task);
  await send("get unchanged", task, { headers: { "If-None-Match": got.read("ETag") } });
  await send("head", task, { method: "HEAD" });
  const page = await send("list", "/tasks?limit=1");
  const next = /^<([^>]+)>; rel="next"$/.exec(page.read("Link"));
  const second = await send("next page", next[1]);
  await send("change", task, { method: "PATCH", headers: { ...json, "If-Match": got.read("ETag") }, body: '{"done": true}' });
  await send("change a stale version", task, { method: "PATCH", headers: { "Content-Type": "application/merge-patch+json", "If-Match": got.read("ETag") }, body: "{}" });
  await send("invalid", "/tasks", { method: "POST", headers: json, body: "{}" });
  await send("wrong method", "/tasks", { method: "PUT", headers: json, body: "{}" });
  await send("wrong path", "/nowhere", { method: "POST", headers: json, body: "{}" });
  await send("wrong type", task, { method: "PATCH", headers: { "Content-Type": "application/xml" }, body: "<done/>" });
  await send("delete", task, { method: "DELETE" });
  results.headers = {
    id: created.read("X-Request-Id") === id,
    replayed: again.read("Idempotency-Replayed"),
    tag: got.read("ETag") === created.read("ETag"),
    walked: second.json[0].id > page.json[0].id,
  };
  return results;
}

const used = {
  create: { status: 201 },
  "create again": { status: 201 },
  get: { status: 200 },
  "get unchanged": { status: 304 },
  head: { status: 200 },
  list: { status: 200 },
  "next page": { status: 200 },
  change: { status: 200 },
  "change a stale version": { status: 412, type: "/problems/precondition-failed" },
  invalid: { status: 400, type: "/problems/invalid-request" },
  "wrong method": { status: 405, type: "/problems/method-not-allowed" },
  "wrong path": { status: 404, type: "/problems/not-found" },
  "wrong type": { status: 415, type: "/problems/unsupported-media-type" },
  delete: { status: 200 },
  headers: { id: true, replayed: "true", tag: true, walked: true },
};

// open opens the empty page of a host.
async function open(browser, plan, host) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(`http://${host}:${plan.page}/`);
  return page;
}

export async function origins(browser, plan) {
  const read = async (url) => (await fetch(url, { headers: { Authorization: `Bearer ${plan.token}` } })).text();

  await step("a page under development uses a server on this machine", async () => {
    for (const host of ["localhost", "127.0.0.1"]) {
      const page = await open(browser, plan, host);
      same(await page.evaluate(use, { api: plan.open, token: "" }), used, `what a page of ${host} can do`);
      await page.context().close();
    }
  });

  await step("a page of a named origin uses a server with tokens", async () => {
    const page = await open(browser, plan, "app.example");
    same(await page.evaluate(use, { api: plan.secured, token: plan.token }), used, "what it can do");
    const type = await page.evaluate(async (api) => (await (await fetch(api + "/tasks")).json()).type, plan.secured);
    same(type, "/problems/unauthorized", "what it reads without a token");
    await page.context().close();
  });

  await step("a page of another origin reads nothing and changes nothing", async () => {
    for (const [host, api, token] of [["evil.example", plan.open, ""], ["evil.example", plan.secured, plan.token], ["localhost", plan.secured, plan.token]]) {
      const before = await read(api + "/tasks");
      const page = await open(browser, plan, host);
      const statuses = [];
      page.on("response", (response) => statuses.push(`${response.request().method()} ${response.status()}`));
      const outcome = await page.evaluate(async ({ api, token }) => {
        const attempt = (init) => fetch(api + "/tasks", init).then((response) => response.type, (err) => err.name);
        return [
          await attempt({}),
          await attempt({ mode: "no-cors" }),
          await attempt({ method: "POST", body: '{"title": "evil"}' }),
          await attempt({ method: "POST", mode: "no-cors", body: '{"title": "evil"}' }),
          await attempt({ method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` }, body: '{"title": "evil"}' }),
          await attempt({ method: "DELETE" }),
        ];
      }, { api, token });
      same(outcome, ["TypeError", "opaque", "TypeError", "opaque", "TypeError", "TypeError"], `what a page of ${host} can do`);
      check(statuses.filter((status) => status.startsWith("POST")).every((status) => status === "POST 403"), `the server answered ${statuses}`);
      const answer = page.waitForResponse((response) => response.request().method() === "POST");
      await page.evaluate((api) => {
        document.body.innerHTML = `<form method="post" enctype="text/plain" action="${api}/tasks"><input name='{"title": "evil", "x' value='"}'></form>`;
        document.forms[0].submit();
      }, api);
      same((await answer).status(), 403, "the status of a form's answer");
      same(await read(api + "/tasks"), before, "the tasks");
      await page.context().close();
    }
  });

  await step("a page whose name leads here by DNS rebinding gets nothing", async () => {
    const page = await (await browser.newContext()).newPage();
    const { port } = new URL(plan.open);
    for (const path of ["/docs/", "/tasks", "/healthz"]) {
      const response = await page.goto(`http://rebound.example:${port}${path}`);
      same([response.status(), (await response.json()).type], [421, "/problems/misdirected-request"], `the answer to ${path}`);
    }
    const outcome = await page.evaluate(async () => (await fetch("/tasks", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"title": "evil"}' })).status);
    same(outcome, 421, "the answer to a script of that page");
    await page.context().close();
  });

  await step("behind a proxy that removes a path, the documentation works", async () => {
    const v = await Visitor.arrive(browser, plan.proxied, { viewport: { width: 1280, height: 900 } });
    await v.page.goto(plan.proxied + "/docs");
    await v.page.locator(".opblock").first().waitFor();
    same(v.page.url(), plan.proxied + "/docs/", "where /docs leads");
    await v.open("createTask");
    same((await v.execute("createTask")).status, 201, "the status of createTask");
    await v.open("listTasks");
    await v.operation("listTasks").locator("tr[data-param-name=limit] input").fill("1");
    const list = await v.execute("listTasks");
    check(list.text.includes(`<${plan.proxied}/tasks?`), `the answer shows no link to the next page: ${list.text}`);
    const problem = await v.page.locator(".info a", { hasText: "/problems/not-found" }).getAttribute("href"); // It opens another window.
    same(problem, plan.proxied + "/problems/not-found", "the target of the link to a problem's page");
    await v.page.goto(problem);
    await v.page.locator("a", { hasText: "documentation" }).click();
    await v.page.locator(".opblock").first().waitFor();
    same(v.page.url(), plan.proxied + "/docs/", "where the problem's page leads");
    await v.leave();
  });
}
