/* The rich_text block: sections, lists, quotes and preformatted text, each of styled elements. */

import { dateNode } from "./dates.js";
import { h } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { channel, link, person } from "./mrkdwn.js";

const PARTS = {
  rich_text_section: (part, names) => h("div.rich-section", elements(part, names)),
  rich_text_quote: (part, names) => h("blockquote", elements(part, names)),
  rich_text_preformatted: (part, names) => h("pre", elements(part, names)),
  rich_text_list: (part, names) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      { start: part.offset ? part.offset + 1 : null, class: `rich-list indent-${part.indent ?? 0}` },
      part.elements.map((item) => h("li", elements(item, names))),
    ),
};

const ELEMENTS = {
  text: (it) => it.text,
  link: (it) => link(it.url, it.text ?? it.url),
  emoji: (it) => emojiNode(it.name),
  user: (it, names) => person(it.user_id, names),
  channel: (it, names) => channel(it.channel_id, null, names),
  usergroup: () => h("span.mention", "@group"),
  broadcast: (it) => h("span.mention", `@${it.range}`),
  date: (it) => dateNode(it.timestamp, it.format, it.fallback ?? ""),
  color: (it) => h("code", it.value),
};

const STYLES = [
  ["code", "code"],
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
];

export function richText(block, names) {
  return block.elements.map((part) => PARTS[part.type]?.(part, names) ?? null);
}

function elements(part, names) {
  return part.elements.map((it) => {
    const inner = ELEMENTS[it.type]?.(it, names) ?? it.text ?? "";
    return STYLES.filter(([style]) => it.style?.[style]).reduce((node, [, tag]) => h(tag, {}, node), inner);
  });
}
