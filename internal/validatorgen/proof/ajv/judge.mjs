// Judges documents with Ajv. The argument is the folder with Ajv's node_modules.
// Each line of the input is either a specification, { spec, document }, or a text
// for one of its components, { spec, schema, text }, in base64. For each text, a
// line is written: 1 if it is valid, else 0.
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(path.resolve(process.argv.at(-1), "package.json"));
const Ajv = require("ajv").default;
const addFormats = require("ajv-formats").default;

const assertions = new Set([
  "type", "enum", "minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf",
  "items", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
]);

// A specification, with its schemas translated for Ajv.
class Specification {
  constructor(document) {
    this.components = document.components.schemas;
    // Untyped schemas and required names that are not properties are intended.
    this.ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, ownProperties: true });
    addFormats(this.ajv);
    // Applies to members that requests must not have.
    this.ajv.addKeyword({ keyword: "forbidden", schemaType: "boolean", validate: () => false });
    const definitions = Object.fromEntries(Object.entries(this.components).map(([name, s]) => [name, this.translate(s)]));
    this.ajv.addSchema({ $id: "spec", definitions });
    this.compiled = new Map();
  }

  validator(name) {
    if (!this.compiled.has(name)) {
      this.compiled.set(name, this.ajv.getSchema("spec#/definitions/" + name));
    }
    return this.compiled.get(name);
  }

  resolve(s) {
    return s.$ref ? this.resolve(this.components[s.$ref.split("/").at(-1)]) : s;
  }

  // The schemas that apply to the same values: s and those in its allOf.
  flat(s) {
    s = this.resolve(s);
    return [s, ...(s.allOf ?? []).flatMap((part) => this.flat(part))];
  }

  readOnly(s) {
    return this.flat(s).some((part) => part.readOnly);
  }

  // Translates a schema of OpenAPI 3.0 into draft 7. Waived has the names of
  // members that requests must not have, so that they can't be required.
  translate(s, waived = []) {
    if (s.$ref && waived.length === 0) {
      return { $ref: s.$ref.replace("#/components/schemas/", "spec#/definitions/") };
    }
    s = this.resolve(s);
    const all = this.flat(s).flatMap((part) => Object.entries(part.properties ?? {}));
    waived = [...waived, ...all.filter(([, p]) => this.readOnly(p)).map(([name]) => name)];
    const t = {};
    for (const [keyword, value] of Object.entries(s)) {
      if (assertions.has(keyword)) {
        t[keyword] = value;
      }
    }
    if (s.nullable && s.type) {
      t.nullable = true;
    }
    if (s.exclusiveMinimum && "minimum" in s) {
      t.exclusiveMinimum = s.minimum;
    }
    if (s.exclusiveMaximum && "maximum" in s) {
      t.exclusiveMaximum = s.maximum;
    }
    if (s.format && s.format in this.ajv.formats) {
      t.format = s.format;
    }
    if (s.items) {
      t.items = this.translate(s.items);
    }
    if (s.required) {
      t.required = s.required.filter((name) => !waived.includes(name));
    }
    if (s.allOf) {
      t.allOf = s.allOf.map((part) => this.translate(part, waived));
    }
    if (s.properties) {
      t.properties = Object.fromEntries(
        Object.entries(s.properties).map(([name, p]) => [name, this.readOnly(p) ? { forbidden: true } : this.translate(p)]),
      );
    }
    if (typeof s.additionalProperties === "object") {
      t.additionalProperties = this.translate(s.additionalProperties);
    } else if (s.additionalProperties === false) {
      t.additionalProperties = false;
    }
    return t;
  }
}

const specifications = new Map();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function judge({ spec, schema, text }) {
  let value;
  try {
    value = JSON.parse(decoder.decode(Buffer.from(text, "base64")));
  } catch {
    return 0;
  }
  return specifications.get(spec).validator(schema)(value) ? 1 : 0;
}

let verdicts = [];
for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === "") { // The end of a batch.
    process.stdout.write(verdicts.join("\n") + "\n");
    verdicts = [];
    continue;
  }
  const input = JSON.parse(line);
  if (input.document) {
    specifications.set(input.spec, new Specification(input.document));
  } else {
    verdicts.push(judge(input));
  }
}
