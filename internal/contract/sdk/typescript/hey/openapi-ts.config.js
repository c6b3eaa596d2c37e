export default {
  input: "openapi.yaml",
  output: { path: "tasks", module: { extension: ".js" } },
};
