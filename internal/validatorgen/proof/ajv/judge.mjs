// Judges documents with Ajv. The argument is the folder with Ajv's node_modules.
// Each line of the input is either a specification, { spec, document }, or a text
// for one of its components, { spec, schema, text }, in base64. For each text, a
// line is written: 1 if it is valid, else 0.
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const require = createRequire(path.resolve(process.argv.at(-1), "package.json"));
const Ajv = require("ajv").default;
const Ajv2020 = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const assertions = new Set([
  "type", "enum", "minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf",
  "items", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
  // Of OpenAPI 3.1 only.
  "const", "contentMediaType", "contentEncoding",
]);

// A specification, with its schemas translated for Ajv.
class Specification {
  constructor(document) {
    this.components = document.components?.schemas ?? {};
    this.later = !document.openapi.startsWith("3.0");
    // Untyped schemas, required names that are not properties and tuples that are not
    // closed are intended.
    const options = { strict: true, strictTypes: false, strictRequired: false, strictTuples: false, ownProperties: true };
    this.ajv = this.later ? new Ajv2020(options) : new Ajv(options);
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

  // Translates a schema of OpenAPI 3.0 into draft 7, and one of 3.1 into 2020-12.
  // Waived has the names of members that requests must not have, so that they can't
  // be required.
  translate(s, waived = []) {
    if (typeof s === "boolean") {
      return s;
    }
    if (this.later && s.$ref && Object.keys(s).length > 1) {
      const { $ref, ...rest } = s;
      return this.translate({ allOf: [{ $ref }, rest] }, waived);
    }
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
    if (s.nullable && s.type && !this.later) {
      t.nullable = true;
    }
    for (const [keyword, bound] of [["exclusiveMinimum", "minimum"], ["exclusiveMaximum", "maximum"]]) {
      if (typeof s[keyword] === "number") {
        t[keyword] = s[keyword];
      } else if (s[keyword] && bound in s) {
        t[keyword] = s[bound];
      }
    }
    if (s.format && s.format in this.ajv.formats) {
      t.format = s.format;
    }
    if ("items" in s) {
      t.items = this.translate(s.items);
    }
    if (s.not) {
      t.not = this.translate(s.not);
    }
    if (s.prefixItems) {
      t.prefixItems = s.prefixItems.map((part) => this.translate(part));
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
    this.alternatives(s, t);
    return t;
  }

  // Translates oneOf and anyOf. By a discriminator, an object is judged by the
  // alternative that it names.
  alternatives(s, t) {
    for (const keyword of ["oneOf", "anyOf"]) {
      if (!s[keyword]) {
        continue;
      }
      const list = s[keyword].map((part) => this.translate(part));
      if (!s.discriminator) {
        t[keyword] = list;
        continue;
      }
      const { propertyName, mapping = {} } = s.discriminator;
      const names = new Map(s[keyword].map((part, i) => [part.$ref.split("/").at(-1), list[i]]));
      const named = new Map(names);
      for (const [name, target] of Object.entries(mapping)) {
        named.set(name, names.get(target.split("/").at(-1)));
      }
      const object = {
        required: [propertyName],
        properties: { [propertyName]: { enum: [...named.keys()] } },
        allOf: [...named].map(([name, part]) => ({ if: { properties: { [propertyName]: { enum: [name] } } }, then: part })),
      };
      t.allOf = [...(t.allOf ?? []), { if: { type: "object" }, then: object, else: { [keyword]: list } }];
    }
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
