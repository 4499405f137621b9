import js from "@eslint/js";
import tseslint from "typescript-eslint";

// What has a rule here is what a type checker cannot see; layout is left to .editorconfig and taste.
const timeAndChance = [
  { name: "setTimeout", message: "Time comes through the ports (sim/clock)." },
  { name: "setInterval", message: "Time comes through the ports (sim/clock)." },
  { name: "setImmediate", message: "Time comes through the ports (sim/clock)." },
  { name: "performance", message: "Time comes through the ports (sim/clock)." },
];

const everywhere = [
  { selector: "ExportDefaultDeclaration", message: "Named exports only: a file, its export and its id are the same words." },
  { selector: "VariableDeclarator[id.name='require']", message: "Another name: what is bundled as CommonJS has its own `require`, and this one would hide it." },
];

// A proof throws hundreds of clusters away. These V8 keeps with its old objects from the start, and with them all that they see: the whole cluster, copied twice, until the next collection of everything.
const outlivesItsCluster = [
  { selector: ":function AssignmentExpression[left.type='MemberExpression'] > :matches(ArrowFunctionExpression, FunctionExpression).right", message: "Give the function a name first: V8 puts one that is written straight into a property among its old objects." },
  { selector: ":function ObjectExpression > Property[kind='get']", message: "A method or a class: V8 keeps a getter of an object literal among its old objects." },
  { selector: ":function :matches(FunctionDeclaration, FunctionExpression)[generator=true]", message: "Outside of functions: V8 keeps each generator function that has run among its old objects." },
];

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**", "**/*.generated.ts"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: { process: "readonly", console: "readonly", Buffer: "readonly", URL: "readonly", fetch: "readonly" } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-undef": "off",
      "no-restricted-syntax": ["error", ...everywhere],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["src/sim/**/*.ts", "src/rehearse/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-globals": ["error", ...timeAndChance],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Time comes through the ports (sim/clock)." },
        { object: "Math", property: "random", message: "Chance comes through the ports." },
        { object: "crypto", property: "randomUUID", message: "Chance comes through the ports." },
      ],
    },
  },
  {
    files: ["src/sim/**/*.ts", "src/rehearse/prove/**/*.ts"],
    // What serves people from outside, and the table of kinds, which all clusters share.
    ignores: ["**/*.test.ts", "src/sim/api/http/**", "src/sim/api/resource-types.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere, ...outlivesItsCluster] },
  },
  { files: ["*.config.ts", "*.config.js", "examples/**/*.ts"], rules: { "no-restricted-syntax": "off" } },
);
