/* Block Kit → DOM. Each block type has one small function; what we do not know is named, not hidden.
 *
 * `showBlocks` keeps a container in step with a list of blocks: an edit draws again only the blocks that differ,
 * and only those glow. One could forget: Slack makes up a new block_id at each edit where the bot gave none. In a
 * message that is no difference, and the id is read from the node when something is pressed; in a view the form
 * hangs on it, so there it is one.
 */

import { h, part, reconcile } from "./dom.js";
import { drawElement } from "./elements.js";
import { markdown } from "./markdown.js";
import { textNodes } from "./mrkdwn.js";
import { picture } from "./overlays.js";
import { richText } from "./rich_text.js";

export function showBlocks(container, blocks, surface) {
  const seen = {};
  const entries = blocks.map((block) => {
    seen[block.type] = (seen[block.type] ?? 0) + 1;
    const error = surface.errors?.[block.block_id];
    const { block_id: _, ...words } = block;
    const isMessage = surface.kind === "message";
    const content = JSON.stringify(isMessage ? words : block);
    return part(
      `${block.type}:${seen[block.type]}`,
      [content, error, surface.me],
      () => drawBlock(block, surface, error),
      isMessage && !surface.grows ? content : undefined,
    );
  });
  reconcile(container, entries);
  [...container.children].forEach((node, i) => (node.dataset.blockId = blocks[i].block_id));
}

export function drawBlock(block, surface, error) {
  const draw = DRAW[block.type] ?? unsupported;
  return h("div", { class: `block block-${block.type}` }, draw(block, surface, error));
}

const unsupported = (block) => h("span.unsupported", `This stand-in does not show the block “${block.type}”`);

function section(block, { names, ...surface }) {
  const words = [
    block.text ? h("div.text", textNodes(block.text, names)) : null,
    block.fields
      ? h(
          "div.fields",
          block.fields.map((field) => h("div.text", textNodes(field, names))),
        )
      : null,
  ];
  const accessory = block.accessory
    ? h("div.accessory", drawElement(block.accessory, block, { names, ...surface }))
    : null;
  return [h("div.section-words", words), accessory];
}

const contextElement = (element, names) =>
  element.type === "image"
    ? h("img", { src: element.image_url, alt: element.alt_text, title: element.alt_text })
    : h("span.text", textNodes(element, names));

function image(block) {
  const title = block.title ? h("figcaption", textNodes(block.title)) : null;
  return h("figure", title, picture(block.image_url ?? block.slack_file?.url, block.alt_text, block.title?.text));
}

function cell(content, tag, column, names) {
  const words =
    content.type === "rich_text" ? richText(content, names) : (content.text ?? String(content.value ?? ""));
  return h(tag, { class: `align-${column?.align ?? "left"} ${column?.is_wrapped ? "wrapped" : ""}` }, words);
}

function table(block, { names }) {
  const row = (cells, tag) =>
    h(
      "tr",
      cells.map((it, i) => cell(it, tag, block.column_settings?.[i], names)),
    );
  const [head, ...body] = block.rows;
  return h(
    "div.table-frame",
    h(
      "table",
      h("thead", row(head, "th")),
      h(
        "tbody",
        body.map((it) => row(it, "td")),
      ),
    ),
  );
}

function input(block, surface, error) {
  const several = ["radio_buttons", "checkboxes", "multi_static_select", "multi_users_select"].includes(
    block.element.type,
  );
  return h(
    several ? "fieldset.input" : "label.input",
    { class: error ? "input-wrong" : "" },
    h(
      several ? "legend.label" : "span.label",
      textNodes(block.label),
      block.optional ? h("span.optional", " (optional)") : null,
    ),
    drawElement(block.element, block, surface),
    error ? h("span.error", { role: "alert" }, error) : null,
    block.hint ? h("span.hint", textNodes(block.hint)) : null,
  );
}

const DRAW = {
  header: (block) => h("h3", textNodes(block.text)),
  section,
  context: (block, { names }) => block.elements.map((it) => contextElement(it, names)),
  divider: () => h("hr"),
  actions: (block, surface) => block.elements.map((it) => drawElement(it, block, surface)),
  image,
  rich_text: (block, { names }) => richText(block, names),
  markdown: (block, { names }) => markdown(block.text, names),
  table,
  input,
};
