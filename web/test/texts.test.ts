/** Every text that a person reads is in the catalogues, and every text in the catalogues is read. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, test } from "vitest";
import { ar } from "../src/languages/ar";
import { de } from "../src/languages/de";
import { en } from "../src/languages/en";
import { es } from "../src/languages/es";
import { fr } from "../src/languages/fr";
import type { Message } from "../src/languages/text";

const SOURCE = join(import.meta.dirname, "../src");
const CATALOGUES: Record<string, Record<string, Message>> = { ar, de, en, es, fr };

// What these show comes from nobody's language: product names, and keys of a keyboard.
const NAMES = ["openrooms", "Ctrl", "D", "E", "⌘"];
const SHOWING =
  /^(aria-label|aria-description|aria-roledescription|aria-valuetext|alt|title|placeholder|label|hint|text)$/;
const WORD = /\p{L}/u;
const ERROR = /^Refusal$|Error$/;
const SENTENCE = /^\p{Lu}\p{Ll}+(…|\s\p{L})/u;

interface Found {
  /** Texts that are not in the catalogues. */
  readonly loose: string[];
  readonly keys: Set<string>;
  /** Keys of which a part is known only at run time. */
  readonly patterns: RegExp[];
}

const literally = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// biome-ignore lint/suspicious/noExplicitAny: nodes of every kind have a `type`, and only some of the rest
type Node = any;

/** Return the literals that become this expression's value. */
function valuesOf(node: Node): string[] {
  switch (node?.type) {
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral":
      return [node.quasis.map((quasi: Node) => quasi.value.cooked).join("…")];
    case "ConditionalExpression":
      return [...valuesOf(node.consequent), ...valuesOf(node.alternate)];
    case "LogicalExpression":
      return [...valuesOf(node.left), ...valuesOf(node.right)];
    case "JSXExpressionContainer":
      return valuesOf(node.expression);
    default:
      return [];
  }
}

function* nodesIn(value: Node): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if (typeof value.type === "string") yield value;
  for (const part of Object.values(value)) yield* nodesIn(part);
}

/** Return the texts that this node shows to a person, whatever they look like. */
function shownBy(node: Node): string[] {
  switch (node.type) {
    case "JSXText":
      return [node.value.trim()];
    case "JSXElement":
    case "JSXFragment":
      return node.children.flatMap(valuesOf);
    case "JSXAttribute":
      return SHOWING.test(node.name.name) ? valuesOf(node.value) : [];
    default:
      return [];
  }
}

function find(file: string): Found {
  const { program, errors } = parseSync(file, readFileSync(file, "utf-8"));
  expect(errors).toEqual([]);
  const found: Found = { loose: [], keys: new Set(), patterns: [] };
  const forPrograms = new Set<Node>();
  for (const node of nodesIn(program)) {
    // A person is told by the kind of an error, not by its message.
    if (node.type === "NewExpression" && ERROR.test(node.callee.name))
      for (const part of nodesIn(node.arguments)) forPrograms.add(part);
    found.loose.push(...shownBy(node).filter((text) => WORD.test(text) && !NAMES.includes(text)));
    if ((node.type === "Literal" || node.type === "TemplateLiteral") && !forPrograms.has(node))
      found.loose.push(...valuesOf(node).filter((text) => SENTENCE.test(text)));
    if (node.type === "Literal" && typeof node.value === "string") found.keys.add(node.value);
    if (node.type === "TemplateLiteral") found.patterns.push(patternOf(node));
  }
  return found;
}

const patternOf = (node: Node) =>
  new RegExp(`^${node.quasis.map((quasi: Node) => literally(quasi.value.cooked)).join("[^.]+")}$`);

const filesOf = (folder: string) =>
  readdirSync(join(SOURCE, folder))
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`);

const FILES = [...filesOf("call"), ...filesOf("shared")].filter((file) => file !== "shared/shapes.ts");
const FOUND = new Map(FILES.map((file) => [file, find(join(SOURCE, file))]));

// The header of a request.
const NOT_SHOWN = ["Bearer …"];

test.each(FILES)("%s has its texts in the catalogues", (file) => {
  const loose = FOUND.get(file)?.loose.filter((text) => !NOT_SHOWN.includes(text));
  expect(loose).toEqual([]);
});

test("every text of the catalogue is used", () => {
  const found = [...FOUND.values(), find(join(SOURCE, "languages/LanguageField.tsx"))];
  const isUsed = (key: string) =>
    found.some(({ keys, patterns }) => keys.has(key) || patterns.some((pattern) => pattern.test(key)));
  expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
});

const formsOf = (message: Message) => (typeof message === "string" ? { other: message } : message);
const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
// A form for one or two may say the number in words.
const namesBesidesCount = (text: string) => namesIn(text).filter((name) => name !== "count");

test.each(Object.keys(CATALOGUES))("%s has the texts of English, with the same names in them", (language) => {
  const catalogue = CATALOGUES[language] ?? {};
  expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  for (const [key, message] of Object.entries<Message>(en)) {
    const forms = formsOf(catalogue[key] as Message);
    expect(namesIn(forms.other), key).toEqual(namesIn(formsOf(message).other));
    for (const form of Object.values(forms)) {
      expect(form.trim(), key).not.toBe("");
      expect(namesBesidesCount(form), key).toEqual(namesBesidesCount(forms.other));
    }
  }
});

// French and Spanish have `many` only for whole millions.
const RARE = ["fr many", "es many"];

test.each(Object.keys(CATALOGUES))("%s has every plural form of its language", (language) => {
  const rules = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const expected = rules.filter((rule) => !RARE.includes(`${language} ${rule}`)).sort();
  for (const message of Object.values(CATALOGUES[language] ?? {}))
    if (typeof message !== "string") expect(Object.keys(message).sort()).toEqual(expected);
});

const FAMILIAR: Record<string, string[]> = {
  de: ["du", "dein", "deine", "deinen", "deinem", "deiner", "dich", "dir"],
  fr: ["tu", "ton", "tes", "toi", "te"],
  es: ["tú", "tu", "tus", "ti", "te"],
};

test.each(Object.keys(FAMILIAR))("%s addresses people politely", (language) => {
  const texts = Object.values(CATALOGUES[language] ?? {}).flatMap((message) => Object.values(formsOf(message)));
  const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
  expect(texts.filter((text) => words(text).some((word) => FAMILIAR[language]?.includes(word)))).toEqual([]);
});

const STYLES = ["call/call.css", "call/tiles.css", "shared/base.css"];
// The frame of a phone's screen does not turn with the language.
const PHYSICAL =
  /^\s*(?:(?:margin|padding|border)-(?:left|right)|left|right|float|clear)\s*:|text-align:\s*(?:left|right)/;

test.each(STYLES)("%s names sides that turn with the language", (file) => {
  const lines = readFileSync(join(SOURCE, file), "utf-8").split("\n");
  expect(lines.filter((line) => PHYSICAL.test(line))).toEqual([]);
});
