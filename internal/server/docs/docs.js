"use strict";

// Reports whether the server requires no token: there is nothing to unlock.
function openToAll(system) {
  return system.specSelectors.specJson().get("security")?.some((alternative) => alternative.isEmpty());
}

const unless = (hidden) => (Original, system) => (props) =>
  hidden(props, system) ? null : system.React.createElement(Original, props);

// Lists required parameters first.
const requiredFirst = (Original, system) => (props) =>
  system.React.createElement(Original, { ...props, parameters: props.parameters.sortBy((parameter) => !parameter.get("required")) });

// Hides clutter: the choice of the only server, open locks, the constraints on
// strings, which the descriptions give in words, and examples, which Swagger UI
// prints as its own objects.
const plugin = () => ({
  statePlugins: {
    spec: {
      wrapSelectors: {
        servers: (original) => (...args) => original(...args)?.clear(),
        securityDefinitions: (original, system) => (...args) => (openToAll(system) ? null : original(...args)),
      },
    },
  },
  wrapComponents: {
    authorizeOperationBtn: unless((props, system) => openToAll(system)),
    parameters: requiredFirst,
    ParameterExt: unless((props) => !["minimum", "maximum"].includes(props.xKey)),
    Property: unless((props) => props.propKey === "example"),
  },
});

// Accessible names of elements to which Swagger UI gives none.
const names = {
  "tr[data-param-name] select": (element) => element.closest("tr").dataset.paramName,
  "textarea.body-param__text": () => "Request body",
  "select.examples-select-element": () => "Example",
  ".copy-to-clipboard button": () => "Copy",
  "button.close-modal": () => "Close",
  "table[role=region]": (element) => element.id.replaceAll("_", " "),
};

function addNames() {
  for (const [selector, name] of Object.entries(names)) {
    for (const element of document.querySelectorAll(selector)) {
      element.ariaLabel ??= name(element);
    }
  }
}

new MutationObserver(addNames).observe(document.getElementById("docs"), { childList: true, subtree: true });

SwaggerUIBundle({
  dom_id: "#docs",
  url: "../openapi.json",
  plugins: [plugin],
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  showCommonExtensions: true,
  defaultModelsExpandDepth: 3,
  defaultModelExpandDepth: 3,
  validatorUrl: null,
});
