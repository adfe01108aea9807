// Print the TypeScript typings of a JSON Schema: node typings.cjs <schema> <name of its type>
"use strict";

const { readFileSync } = require("node:fs");
const { compile } = require("json-schema-to-typescript");

const [path, name] = process.argv.slice(2);
const options = {
  // readers ignore unknown keys, but a key that is misspelt must not compile
  additionalProperties: false,
  bannerComment: "// By `make types`, from manifest-1.0.json.",
  ignoreMinAndMaxItems: true,
};

compile(JSON.parse(readFileSync(path, "utf8")), name, options).then(
  (typings) => process.stdout.write(typings),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
