/* The markdown block: the part of standard Markdown that Slack takes (headings, lists, quotes, code, tables, rules,
 * emphasis).
 *
 * Two passes, as every Markdown reader: lines into blocks here, characters inside a line by the rules at the end.
 * It is a reader for a bot's own texts, not for the whole specification; what it does not know stays visible as
 * typed.
 */

import { h } from "./dom.js";
import { DRAWN_CHARACTERS, emojiNode, emojiOfCharacter, isEmoji } from "./emoji.js";
import { link, scan } from "./mrkdwn.js";

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

export function markdown(text) {
  const lines = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  while (lines.length) {
    const reader = READERS.find(
      ([pattern]) => pattern.test(lines[0]) && (pattern !== TABLE || RULER.test(lines[1] ?? "")),
    );
    const node = reader ? reader[1](lines) : paragraph(lines);
    if (node) nodes.push(node);
  }
  return nodes;
}

const TABLE = /^\s*\|.*\|\s*$/;
const RULER = /^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$/;
const READERS = [
  [/^\s*$/, (lines) => void lines.shift()],
  [/^```/, fence],
  [/^#{1,6}\s/, heading],
  [/^\s*([-*_])(\s*\1){2,}\s*$/, (lines) => lines.shift() && h("hr")],
  [/^>/, quote],
  [TABLE, table],
  [ITEM, list],
];

function takeWhile(lines, holds) {
  const taken = [];
  while (lines.length && holds(lines[0])) taken.push(lines.shift());
  return taken;
}

function fence(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !line.startsWith("```"));
  lines.shift();
  return h("pre", code.join("\n"));
}

function heading(lines) {
  const [, marks, words] = /^(#+)\s+(.*?)\s*#*$/.exec(lines.shift());
  return h(`h${Math.min(marks.length + 1, 6)}`, {}, inline(words));
}

function quote(lines) {
  const quoted = takeWhile(lines, (line) => line.startsWith(">")).map((line) => line.replace(/^> ?/, ""));
  return h("blockquote", markdown(quoted.join("\n")));
}

function table(lines) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const head = cells(lines.shift());
  const align = cells(lines.shift()).map((rule) =>
    rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left",
  );
  const row = (tag) => (line) =>
    h(
      "tr",
      line.map((cell, i) => h(tag, { class: `align-${align[i] ?? "left"}` }, inline(cell))),
    );
  const body = takeWhile(lines, (line) => TABLE.test(line)).map(cells);
  return h("div.table-frame", h("table", h("thead", row("th")(head)), h("tbody", body.map(row("td")))));
}

function list(lines) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const items = [];
  while (lines.length) {
    const match = ITEM.exec(lines[0]);
    if (!match || match[1].length < indent.length) break;
    if (match[1].length > indent.length) {
      items.at(-1).append(list(lines));
      continue;
    }
    lines.shift();
    const more = takeWhile(lines, (line) => /^\s+\S/.test(line) && !ITEM.test(line)).map((line) => line.trim());
    items.push(h("li", task([match[3], ...more].join(" "))));
  }
  return h(/\d/.test(mark) ? "ol" : "ul", {}, items);
}

function task(text) {
  const match = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!match) return inline(text);
  return [h("input", { type: "checkbox", disabled: true, checked: match[1] !== " " }), " ", inline(match[2])];
}

const BREAKS = READERS.slice(0, 5).map(([pattern]) => pattern);

function paragraph(lines) {
  const first = lines.shift();
  const more = takeWhile(lines, (line) => !BREAKS.some((pattern) => pattern.test(line)) && !ITEM.test(line));
  return h("p", inline([first, ...more].join("\n")));
}

const RULES = [
  [/\\([\\`*_{}[\]()#+.!|~>-])/, (match) => match[1]],
  [/(`+)(.+?)\1/, (match) => h("code", match[2].trim())],
  [/!?\[([^\]]*)\]\(([^()\s]+)(?:\s+"[^"]*")?\)/, (match) => link(match[2], inline(match[1]))],
  [/(\*\*|__)(?=\S)(.+?)\1/, (match) => h("strong", inline(match[2]))],
  [/(?<!\w)([*_])(?=\S)(.+?)\1(?!\w)/, (match) => h("em", inline(match[2]))],
  [/~~(?=\S)(.+?)~~/, (match) => h("s", inline(match[1]))],
  [/<(https?:\/\/[^\s>]+)>/, (match) => link(match[1], match[1])],
  [/https?:\/\/[^\s<>|)]*[^\s<>|.,;:!?)]/, (match) => link(match[0], match[0])],
  [/:([a-z0-9_+-]+):/, (match) => (isEmoji(match[1]) ? emojiNode(match[1]) : match[0])],
  [DRAWN_CHARACTERS, (match) => emojiOfCharacter(match[0])],
];

const inline = (text) => scan(text, RULES, null, (it) => it);
