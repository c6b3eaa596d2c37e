import { languages } from "./snippets.js";

const specification = await fetch("../openapi.json").then((response) => response.json()).catch((err) => {
  document.querySelector(".loading").textContent = "The documentation cannot be loaded. Reload the page to try again.";
  throw err;
});
const { info, paths, components } = specification;

// The operations in the specification's order, each with path and method.
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).filter(([, { operationId }]) => operationId).map(([method, operation]) => ({ ...operation, path, method })));

// Whether the server requires no token: there is nothing to unlock.
const openToAll = specification.security.some((alternative) => Object.keys(alternative).length === 0);

// A schema without the reference to it.
const resolved = (schema) => (schema.$ref ? components.schemas[schema.$ref.split("/").pop()] : schema);

// Swagger UI renders the specification; this plugin replaces and wraps some of
// its components. They are React components, without JSX: h creates an element.
const plugin = (system) => {
  const { React } = system;
  const h = React.createElement;
  const Markdown = ({ source }) => h(system.getComponent("Markdown", true), { source });

  // The title, and what the API has in common.
  function Info() {
    return h("section", { className: "info" },
      h("h1", null, info.title, " ", h("small", null, info.version)),
      h("p", null, "Specification: ", h("a", { href: "../openapi.yaml" }, "openapi.yaml"), ", ", h("a", { href: "../openapi.json" }, "openapi.json")),
      h(Markdown, { source: info.description }));
  }

  // Lists what is on the page: beside it on wide screens, folded above it on others.
  const wide = matchMedia("(min-width: 70rem)"); // As in docs.css.
  function Contents() {
    const [open, setOpen] = React.useState(wide.matches);
    React.useEffect(() => wide.addEventListener("change", () => setOpen(wide.matches)), []);
    const headings = [...info.description.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    const group = (name, entries) => h(React.Fragment, null, h("h2", null, name), h("ul", null, entries));
    const entry = (href, ...text) => h("li", { key: href }, h("a", { href }, ...text));
    return h("details", { className: "contents", open, onToggle: (event) => setOpen(event.target.open) },
      h("summary", null, "Contents"),
      h("nav", { "aria-label": "Contents" },
        group("Guide", headings.map((heading) => entry("#" + anchor(heading), heading))),
        group("Operations", operations.map(({ method, tags, operationId, summary }) =>
          entry(`#/${tags[0]}/${operationId}`, h("b", { className: method }, method.toUpperCase()), " ", summary))),
        group("Schemas", Object.keys(components.schemas).map((name) => entry("#schema-" + name, name)))));
  }

  // Shows a schema: the members of an object as a table, another in a few words.
  function Schema({ schema }) {
    const members = Object.entries(schema.properties ?? {});
    const required = schema.required ?? [];
    return h("div", { className: "schema" },
      schema.description && h(Markdown, { source: schema.description }),
      members.length === 0 && h("p", null, h(Type, { schema }), h(Limits, { schema })),
      members.length > 0 && h("table", null, h("tbody", null, members.map(([name, member]) => h("tr", { key: name },
        h("th", { scope: "row" }, h("code", null, name), required.includes(name) && h("small", null, "required")),
        h("td", null, h(Type, { schema: member }), h(Limits, { schema: member }), h(Markdown, { source: resolved(member).description ?? "" })))))),
      schema.additionalProperties === false && h("p", null, "No other members."),
      schema.items && resolved(schema.items).properties && h(Schema, { schema: resolved(schema.items) }));
  }

  // Names a schema's type, and leads to the schema if it has a name.
  function Type({ schema }) {
    const reference = schema.$ref ?? schema.$$ref;
    const { type, items } = resolved(schema);
    const name = reference?.split("/").pop();
    return h("span", null,
      name && h("a", { href: "#schema-" + name }, name), name && ": ", type, items && [" of ", h(Type, { key: "items", schema: items })]);
  }

  // Says in a few words which values a schema allows.
  function Limits({ schema }) {
    const { enum: values, minLength, maxLength, minimum, maximum, minItems, maxItems, default: usual, pattern } = resolved(schema);
    const limits = [
      values?.join(" or "), range(minLength, maxLength, " characters"), range(minimum, maximum, ""), range(minItems, maxItems, " items"),
      usual !== undefined && `${usual} by default`,
    ].filter(Boolean);
    return h("small", null, limits.map((limit) => ", " + limit), pattern && [", ", h("code", { key: "pattern" }, pattern)]);
  }

  function range(min, max, unit) {
    if (max === undefined) {
      return min === undefined ? "" : `at least ${min}${unit}`;
    }
    if (min === undefined) {
      return `at most ${max}${unit}`;
    }
    return min === max ? `${max}${unit}` : `${min} to ${max}${unit}`;
  }

  const Schemas = () => h("section", { className: "schemas" },
    h("h2", null, "Schemas"),
    Object.entries(components.schemas).map(([name, schema]) => h("details", { key: name, id: "schema-" + name },
      h("summary", null, h("b", null, name), " ", schema.type),
      h(Schema, { schema }))));

  // Folds a response to a refused or failed request, of which there are many.
  const folded = (Original) => function Response(props) {
    const [open, setOpen] = React.useState(false);
    if (props.code < "400") {
      return h(Original, props);
    }
    const description = props.response.get("description").replaceAll("`", "");
    return h(React.Fragment, null,
      h("tr", { className: "response folded" },
        h("td", { className: "response-col_status" }, props.code),
        h("td", null, h("button", { type: "button", "aria-expanded": open, onClick: () => setOpen(!open) }, description))),
      open && h(Original, props));
  };

  // Shows the request as a program in the language of the reader's choice.
  let favourite = "curl";
  const inLanguages = (Curl) => function Snippets(props) {
    const { request } = props;
    const [language, setLanguage] = React.useState(favourite);
    const choose = (name) => setLanguage((favourite = name));
    const tabs = ["curl", ...Object.keys(languages)].map((name) =>
      h("button", { key: name, type: "button", "aria-pressed": name === language, onClick: () => choose(name) }, name));
    let program = h(Curl, props);
    if (language !== "curl") {
      const headers = Object.entries(request.get("headers").toJS());
      const text = languages[language]({ url: request.get("url"), method: request.get("method"), headers, body: request.get("body") });
      program = h(system.getComponent("HighlightCode", true), { className: "snippet", canCopy: true }, text);
    }
    return h("div", { className: "snippets" }, h("div", { role: "group", "aria-label": "Language" }, tabs), program);
  };

  const hasId = (path) => path.includes("{id}");

  // The ids of tasks that exist, as far as the answers have told, newest answer first.
  let known = [];

  // Keeps known, and the fields for an id filled with one of them, so that the next
  // operation finds a task: the created one, and another one after a deletion.
  function follow(path, method, { ok, status, body }) {
    const idIn = (operation) => system.specSelectors.parameterValues(operation).get("path.id");
    if (ok && method !== "delete") {
      known = [...new Set([...[body].flat().map(({ id }) => id), ...known])];
    } else if (ok || status === 404) {
      const gone = idIn([path, method]);
      known = known.filter((id) => id !== gone);
    }
    for (const operation of operations.filter((other) => hasId(other.path)).map((other) => [other.path, other.method])) {
      if (known.length > 0 && (method === "post" || !known.includes(idIn(operation)))) {
        system.specActions.changeParam(operation, "id", "path", known[0]);
      }
    }
  }

  // Says how to go on where the task does not exist any more.
  const withAdvice = (Original) => function Answer(props) {
    const { path, method, response } = props;
    const gone = hasId(path) && (response.get("status") === 404 || method === "delete" && response.get("status") === 200);
    return h(React.Fragment, null, h(Original, props), gone && h("p", { className: "advice" }, known.length > 0
      ? "The fields for id now hold that of another task."
      : ["To go on, ", h("a", { key: "create", href: "#/tasks/createTask" }, "create a task"), ": the fields for id then hold its id."]));
  };

  const unless = (hidden) => (Original) => (props) => (hidden(props) ? null : h(Original, props));

  return {
    statePlugins: {
      spec: {
        wrapSelectors: {
          servers: (original) => (...args) => original(...args)?.clear(),
          securityDefinitions: (original) => (...args) => (openToAll ? null : original(...args)),
        },
        wrapActions: {
          setResponse: (original) => (path, method, response) => {
            follow(path, method.toLowerCase(), response);
            return original(path, method, response);
          },
        },
      },
      layout: {
        wrapActions: {
          // The address names the operation that was opened last.
          show: (original) => (thing, shown) => {
            const [kind, tag, id] = thing;
            const hash = `#/${tag}/${id}`;
            if (kind === "operations" && shown && hash !== location.hash) {
              history.pushState(null, "", hash);
            }
            return original(thing, shown);
          },
        },
      },
    },
    components: { info: Info, Models: Schemas, ModelWrapper: ({ schema }) => h(Schema, { schema: schema.toJS() }) },
    wrapComponents: {
      BaseLayout: (Original) => (props) => h("div", { className: "columns" }, h(Contents), h("main", null, h(Original, props))),
      authorizeOperationBtn: unless(() => openToAll),
      // Required parameters come first.
      parameters: (Original) => (props) => h(Original, { ...props, parameters: props.parameters.sortBy((parameter) => !parameter.get("required")) }),
      // The descriptions give the constraints on strings in words.
      ParameterExt: unless(({ xKey }) => !["minimum", "maximum"].includes(xKey)),
      response: folded,
      curl: inLanguages,
      liveResponse: withAdvice,
    },
  };
};

const anchor = (heading) => heading.toLowerCase().replaceAll(" ", "-");

// Attributes of elements to which Swagger UI gives none: names that screen readers
// say, and the targets of the contents.
const attributes = [
  ["tr[data-param-name] select", "aria-label", (element) => element.closest("tr").dataset.paramName],
  ["textarea.body-param__text", "aria-label", () => "Request body"],
  ["select.examples-select-element", "aria-label", () => "Example"],
  [".copy-to-clipboard button", "aria-label", () => "Copy"],
  ["button.close-modal", "aria-label", () => "Close"],
  ["table[role=region]", "aria-label", (element) => element.id.replaceAll("_", " ")],
  [".info h2", "id", (element) => anchor(element.textContent)],
];

let arrived = false; // Whether the address was followed once the page was complete.

function complete() {
  for (const [selector, attribute, value] of attributes) {
    for (const element of document.querySelectorAll(`:is(${selector}):not([${attribute}])`)) {
      element.setAttribute(attribute, value(element));
    }
  }
  if (!arrived && document.querySelector(".schemas")) {
    arrived = true;
    reveal();
  }
}

new MutationObserver(complete).observe(document.getElementById("docs"), { childList: true, subtree: true });

// Opens what the address names and scrolls to it: an operation (#/tasks/getTask),
// a heading or a schema (#schema-Task).
function reveal() {
  const [, tag, operation] = location.hash.split("/");
  const target = document.getElementById(operation ? `operations-${tag}-${operation}` : location.hash.slice(1));
  if (operation && target) {
    ui.layoutActions.show(["operations", tag, operation], true);
  } else if (target instanceof HTMLDetailsElement) {
    target.open = true;
  }
  target?.scrollIntoView();
}

addEventListener("hashchange", reveal);

// Otherwise a part of Swagger UI (zenscroll) follows links within the page, and
// there is no hashchange.
document.addEventListener("click", (event) => event.stopPropagation());

const ui = SwaggerUIBundle({
  dom_id: "#docs",
  spec: specification,
  plugins: [plugin],
  tryItOutEnabled: true,
  displayRequestDuration: true,
  showCommonExtensions: true,
  validatorUrl: null,
});
