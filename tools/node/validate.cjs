// Validate documents with ajv, with its defaults and as strictly as it can:
// node validate.cjs <schema> <documents...> prints a line of JSON for each mode
"use strict";

const { readFileSync } = require("node:fs");
const Ajv = require("ajv");

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const modes = { default: {}, strict: { strict: true, allErrors: true } };
const [schema, ...documents] = process.argv.slice(2);

for (const [mode, options] of Object.entries(modes)) {
  const warnings = [];
  const warn = (...words) => warnings.push(words.join(" "));
  const logger = { log: warn, warn, error: warn };
  const validate = new Ajv({ ...options, logger }).compile(read(schema));
  const invalid = documents.filter((path) => !validate(read(path)));
  console.log(JSON.stringify({ mode, warnings, invalid, read: documents.length }));
}
