/* Slack's mrkdwn → DOM nodes: *bold* _italic_ ~strike~ `code` ```block``` > quote, <links>, <@people>, <#channels>,
 * dates, emoji.
 *
 * Works left to right: the earliest rule that matches wins and its inside is parsed again. Everything else becomes
 * a text node with Slack's three entities decoded. `names` answers who an id is: {user(id), channel(id), me,
 * open(channel)}.
 *
 * One could forget: only http, https and mailto links become links; whatever else a message claims to link to stays
 * text.
 */

import { dateNode } from "./dates.js";
import { h } from "./dom.js";
import { DRAWN_CHARACTERS, emojiNode, emojiOfCharacter, isEmoji } from "./emoji.js";

const SPAN = (mark) =>
  new RegExp(
    `(?<![\\w${mark}])${mark}(?=\\S)((?:<[^<>\\n]*>|[^${mark}\\n])*?[^\\s${mark}]|<[^<>\\n]*>)${mark}(?![\\w${mark}])`,
  );

const RULES = [
  [/<([^<>\n]+)>/, (match, names) => reference(match[1], names)],
  [/`([^`\n]+)`/, (match, names) => h("code", plain(match[1], names))],
  [SPAN("\\*"), (match, names) => h("strong", inline(match[1], names))],
  [SPAN("_"), (match, names) => h("em", inline(match[1], names))],
  [SPAN("~"), (match, names) => h("s", inline(match[1], names))],
  [
    /:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/,
    (match) => (isEmoji(match[1]) ? emojiNode(match[1]) : document.createTextNode(match[0])),
  ],
  [DRAWN_CHARACTERS, (match) => emojiOfCharacter(match[0])],
  [/https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]'"*_~`]/, (match) => link(decode(match[0]), decode(match[0]))],
];

export const decode = (text) => text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
export const encode = (text) => text.replace(/[&<>]/g, (it) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[it]);

const isAddress = (text) => /^(https?:|mailto:)/i.test(text);

export function link(address, label) {
  if (!isAddress(address)) return h("span", label);
  const here = permalink(address);
  if (here) return h("a", { href: here }, label);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

/* A link to a message of this workspace stays on this page: /archives/CHANNEL/pTS?thread_ts=… → #/CHANNEL/TS/THREAD */
function permalink(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  const found = url?.port === location.port && /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(url.pathname);
  if (!found) return null;
  const thread = url.searchParams.get("thread_ts");
  return `#/${found[1]}/${found[2]}.${found[3]}${thread ? `/${thread}` : ""}`;
}

/* The text of one block, with its ``` blocks and quotes. */
export function mrkdwn(text, names) {
  return text.split(/```/).flatMap((part, i, parts) => {
    if (i % 2 === 0) return withQuotes(i > 0 ? part.replace(/^\n/, "") : part, names);
    const closed = i < parts.length - 1;
    return closed ? [h("pre", plain(part.replace(/^\n|\n$/g, ""), names))] : withQuotes("```" + part, names);
  });
}

function withQuotes(text, names) {
  const nodes = [];
  let lines = [];
  let quoted = false;
  const flush = () => {
    if (!lines.length) return;
    const inner = inline(lines.join("\n"), names);
    nodes.push(...(quoted ? [h("blockquote", inner)] : inner));
    lines = [];
  };
  for (const raw of text.split("\n")) {
    const quote = /^(?:>|&gt;)(?!(?:>|&gt;)) ?/.exec(raw);
    if (Boolean(quote) !== quoted) {
      flush();
      quoted = Boolean(quote);
    }
    lines.push(quote ? raw.slice(quote[0].length) : raw);
  }
  flush();
  return nodes;
}

export function inline(text, names) {
  return scan(text, RULES, names, decode);
}

/* A text object: mrkdwn, or plain_text in which nothing but emoji means something. */
export function textNodes(object, names) {
  if (!object) return [];
  if (typeof object === "string") return [object];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return object.emoji === false ? [object.text] : scan(object.text, RULES.slice(5, 7), null, (it) => it);
}

/* Text → nodes by rules [pattern, draw(match, names)]; `finish` turns what lies between them into text. */
export function scan(text, rules, names, finish) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const found = earliest(rest, rules);
    if (!found) break;
    const { match, draw } = found;
    if (match.index) nodes.push(finish(rest.slice(0, match.index)));
    nodes.push(draw(match, names));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) nodes.push(finish(rest));
  return nodes;
}

function earliest(text, rules) {
  let best = null;
  for (const [pattern, draw] of rules) {
    const match = pattern.exec(text);
    if (match && (!best || match.index < best.match.index)) best = { match, draw };
  }
  return best;
}

/* Inside code: references are shown as their words. */
const plain = (text, names) =>
  decode(text.replace(/<([^<>\n]+)>/g, (_, inside) => encode(wordsOf(reference(inside, names)))));

const wordsOf = (node) => node.textContent ?? node;

export function reference(inside, names) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : inside.slice(bar + 1);
  const [kind, body] = [target[0], target.slice(1)];
  if (kind === "@") return person(body, names);
  if (kind === "#") return channel(body, label, names);
  if (kind !== "!")
    return isAddress(target)
      ? link(decode(target), label === null ? decode(target) : inline(label, names))
      : `<${decode(inside)}>`;
  if (body.startsWith("date^")) {
    const [, seconds, pattern, address] = body.split("^");
    const node = dateNode(seconds, decode(pattern ?? ""), decode(label ?? ""));
    return address ? link(decode(address), node) : node;
  }
  const group = body.startsWith("subteam^") ? (label ?? "@group") : `@${body}`;
  return h("span.mention", decode(group));
}

export function person(id, names) {
  return h("span", { class: id === names.me ? "mention mention-me" : "mention" }, `@${names.user(id)}`);
}

export function channel(id, label, names) {
  const open = () => names.open(id);
  return h("button.mention", { onclick: open }, `#${names.channel(id) ?? label ?? id}`);
}
