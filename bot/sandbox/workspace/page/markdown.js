/* The markdown block and streams: the part of standard Markdown that Slack takes (headings, lists, quotes, code, tables,
 * rules, emphasis), and in it Slack's own tokens (<@U…>, <!channel>, <address|words>) and three entities.
 *
 * Two passes, as every Markdown reader: lines into blocks here, characters inside a line by the rules at the end.
 * It is a reader for a bot's own texts, not for the whole specification; what it does not know stays visible as
 * typed.
 */

import { h } from "./dom.js";
import { DRAWN_CHARACTERS, emojiNode, emojiOfCharacter, isEmoji } from "./emoji.js";
import { decode, link, reference, scan } from "./mrkdwn.js";

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

export function markdown(text, names) {
  const lines = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  while (lines.length) {
    const reader = READERS.find(
      ([pattern]) => pattern.test(lines[0]) && (pattern !== TABLE || RULER.test(lines[1] ?? "")),
    );
    const node = reader ? reader[1](lines, names) : paragraph(lines, names);
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

function heading(lines, names) {
  const [, marks, words] = /^(#+)\s+(.*?)\s*#*$/.exec(lines.shift());
  return h(`h${Math.min(marks.length + 1, 6)}`, {}, inline(words, names));
}

function quote(lines, names) {
  const quoted = takeWhile(lines, (line) => line.startsWith(">")).map((line) => line.replace(/^> ?/, ""));
  return h("blockquote", markdown(quoted.join("\n"), names));
}

function table(lines, names) {
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
      line.map((cell, i) => h(tag, { class: `align-${align[i] ?? "left"}` }, inline(cell, names))),
    );
  const body = takeWhile(lines, (line) => TABLE.test(line)).map(cells);
  return h("div.table-frame", h("table", h("thead", row("th")(head)), h("tbody", body.map(row("td")))));
}

function list(lines, names) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const items = [];
  while (lines.length) {
    const match = ITEM.exec(lines[0]);
    if (!match || match[1].length < indent.length) break;
    if (match[1].length > indent.length) {
      items.at(-1).append(list(lines, names));
      continue;
    }
    lines.shift();
    const more = takeWhile(lines, (line) => /^\s+\S/.test(line) && !ITEM.test(line)).map((line) => line.trim());
    items.push(h("li", task([match[3], ...more].join(" "), names)));
  }
  return h(/\d/.test(mark) ? "ol" : "ul", {}, items);
}

function task(text, names) {
  const match = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!match) return inline(text, names);
  return [h("input", { type: "checkbox", disabled: true, checked: match[1] !== " " }), " ", inline(match[2], names)];
}

const BREAKS = READERS.slice(0, 5).map(([pattern]) => pattern);

function paragraph(lines, names) {
  const first = lines.shift();
  const more = takeWhile(lines, (line) => !BREAKS.some((pattern) => pattern.test(line)) && !ITEM.test(line));
  return h("p", inline([first, ...more].join("\n"), names));
}

const RULES = [
  [/\\([\\`*_{}[\]()#+.!|~>-])/, (match) => match[1]],
  [/(`+)(.+?)\1/, (match) => h("code", match[2].trim())],
  [/!?\[([^\]]*)\]\(([^()\s]+)(?:\s+"[^"]*")?\)/, (match, names) => link(match[2], inline(match[1], names))],
  [/(\*\*|__)(?=\S)(.+?)\1/, (match, names) => h("strong", inline(match[2], names))],
  [/(?<!\w)([*_])(?=\S)(.+?)\1(?!\w)/, (match, names) => h("em", inline(match[2], names))],
  [/~~(?=\S)(.+?)~~/, (match, names) => h("s", inline(match[1], names))],
  [/<([^<>\n]+)>/, (match, names) => reference(match[1], names)],
  [/https?:\/\/[^\s<>|)]*[^\s<>|.,;:!?)]/, (match) => link(match[0], match[0])],
  [/:([a-z0-9_+-]+):/, (match) => (isEmoji(match[1]) ? emojiNode(match[1]) : match[0])],
  [DRAWN_CHARACTERS, (match) => emojiOfCharacter(match[0])],
];

const inline = (text, names) => scan(text, RULES, names, decode);
