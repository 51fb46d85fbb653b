/* Block Kit's interactive elements: buttons, menus, pickers, text fields. Each is drawn from its definition and its
 * form.
 *
 * `surface` is where the block stands: {names, form, act(action), people, channels}. An element inside an input
 * block only fills the form (unless it says dispatch_action); anywhere else it also acts. One could forget: `data-
 * element` names an element over redraws, so that reconcile can give the focus back.
 */

import { h, svg } from "./dom.js";
import { fieldOf } from "./forms.js";
import { textNodes } from "./mrkdwn.js";
import { confirmed, openMenu } from "./overlays.js";

export function drawElement(element, block, surface) {
  const draw = DRAW[element.type];
  if (!draw) return h("span.unsupported", `This stand-in does not show “${element.type}”`);
  return draw(element, block, surface);
}

const nameOf = (element, block) => `${block.block_id}/${element.action_id}`;
const placeholder = (element, otherwise) => element.placeholder?.text ?? otherwise;

/* Asks first if the element says so, then sends; the node shows that it is under way. */
async function act(node, element, block, surface, fields) {
  if (element.confirm && !(await confirmed(element.confirm, surface.names))) return false;
  const blockId = node.closest("[data-block-id]")?.dataset.blockId ?? block.block_id; // an edit may have renewed it
  node.classList.add("busy");
  await surface.act({ type: element.type, action_id: element.action_id, block_id: blockId, ...fields });
  node.classList.remove("busy");
  return true;
}

/* A changed value: into the form, and out to the bot where the element acts by itself. */
async function change(node, element, block, surface, value) {
  const before = surface.form.read(block, element);
  surface.form.write(block, element, value);
  const acts = block.type !== "input" || (block.dispatch_action && !isText(element));
  if (acts && !(await act(node, element, block, surface, { [fieldOf(element)]: value })))
    surface.form.write(block, element, before);
}

const isText = (element) =>
  ["plain_text_input", "email_text_input", "url_text_input", "number_input"].includes(element.type);

function button(element, block, surface) {
  const fields = element.value === undefined ? {} : { value: element.value };
  const press = () => act(node, element, block, surface, { text: element.text, ...fields });
  const common = {
    class: `button ${element.style ? `button-${element.style}` : ""}`,
    "aria-label": element.accessibility_label,
    data: { element: nameOf(element, block) },
    onclick: press,
  };
  const node = /^https?:/i.test(element.url ?? "")
    ? h(
        "a",
        { ...common, href: element.url, target: "_blank", rel: "noopener noreferrer" },
        textNodes(element.text),
        outward(),
      )
    : h("button", { ...common }, textNodes(element.text));
  return node;
}

const outward = () =>
  svg(
    "svg.outward",
    { viewBox: "0 0 12 12", "aria-hidden": "true" },
    svg("path", { d: "M4.5 2H2v8h8V7.5M7 2h3v3M10 2L5.5 6.5" }),
  );

function overflow(element, block, surface) {
  const choose = (option) => act(node, element, block, surface, { selected_option: option });
  const items = element.options.map((option) => ({
    label: textNodes(option.text),
    detail: option.description?.text,
    url: option.url,
    choose: () => choose(option),
  }));
  const node = h(
    "button.button.overflow",
    {
      "aria-label": "More",
      "aria-haspopup": "menu",
      data: { element: nameOf(element, block) },
      onclick: () => openMenu(node, items),
    },
    h("span", { "aria-hidden": "true" }, "•••"),
  );
  return node;
}

/* A native select: the keyboard, the phone's wheel and screen readers know it already. `choices`:
 * [{label, value, group}] */
function select(element, block, surface, choices) {
  const current = surface.form.read(block, element);
  const chosen = choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(current));
  const option = (choice) =>
    h(
      "option",
      { value: String(choices.indexOf(choice)), selected: choices.indexOf(choice) === chosen },
      choice.label,
    );
  const groups = [...new Set(choices.map((choice) => choice.group))];
  const node = h(
    "select.field",
    {
      data: { element: nameOf(element, block) },
      onchange: () => change(node, element, block, surface, choices[Number(node.value)]?.value ?? null),
    },
    h(
      "option",
      { value: "", selected: chosen < 0, disabled: block.type !== "input" || !block.optional },
      placeholder(element, "Choose an option"),
    ),
    groups.map((group) =>
      group
        ? h("optgroup", { label: group }, choices.filter((it) => it.group === group).map(option))
        : choices.filter((it) => !it.group).map(option),
    ),
  );
  return h("span.select", node);
}

/* A native option is one line: what Slack writes below it stands behind it here. */
const inOneLine = ({ text, description }) => [text.text, description?.text].filter(Boolean).join(" · ");
const optionsOf = (element) => [
  ...(element.options ?? []).map((option) => ({ label: inOneLine(option), value: option })),
  ...(element.option_groups ?? []).flatMap((group) =>
    group.options.map((option) => ({ label: inOneLine(option), value: option, group: group.label.text })),
  ),
];
const peopleOf = (surface) => surface.people.map((user) => ({ label: user.real_name, value: user.id }));
const channelsOf = (surface) =>
  surface.channels.filter((it) => !it.is_im).map((it) => ({ label: `#${it.name}`, value: it.id }));

/* Radio buttons, checkboxes and the selects of several: one row per choice. */
function choices(element, block, surface, { several, options }) {
  const chosen = new Set(
    [surface.form.read(block, element)]
      .flat()
      .filter(Boolean)
      .map((it) => JSON.stringify(it)),
  );
  const update = (option, on) => {
    const id = JSON.stringify(option.value);
    if (!several) chosen.clear();
    if (on) chosen.add(id);
    else chosen.delete(id);
    const values = options.map((it) => it.value).filter((it) => chosen.has(JSON.stringify(it)));
    return change(node, element, block, surface, several ? values : (values[0] ?? null));
  };
  const row = (option, i) => {
    const box = h("input", {
      type: several ? "checkbox" : "radio",
      name: nameOf(element, block),
      checked: chosen.has(JSON.stringify(option.value)),
      data: { element: `${nameOf(element, block)}/${i}` },
      onchange: () => update(option, box.checked),
    });
    const words = h("span", option.nodes ?? option.label, option.detail ? h("small", option.detail) : null);
    return h("label.choice", box, words);
  };
  const node = h("div.choices", { role: several ? "group" : "radiogroup" }, options.map(row));
  return node;
}

const rowsOf = (element, surface) =>
  (element.options ?? []).map((option) => ({
    value: option,
    nodes: textNodes(option.text, surface.names),
    detail: textNodes(option.description, surface.names),
  }));

const FIELD_CHARACTERS_MAX = 3000;
const NEARLY_FULL = 0.8;

/* How full a long text is, from when it matters. */
function counter(field, limit) {
  const node = h("span.counter", { "aria-live": "polite" });
  const count = () => {
    node.textContent = field.value.length < NEARLY_FULL * limit ? "" : `${field.value.length} of ${limit} characters`;
    node.classList.toggle("full", field.value.length >= limit);
  };
  field.addEventListener("input", count);
  count();
  return node;
}

function textInput(element, block, surface, type) {
  const limit = element.max_length ?? FIELD_CHARACTERS_MAX;
  const node = h(element.multiline ? "textarea.field" : "input.field", {
    type: element.multiline ? null : type,
    rows: element.multiline ? 4 : null,
    step: type === "number" && element.is_decimal_allowed ? "any" : null,
    min: element.min_value,
    max: element.max_value,
    maxlength: type === "number" ? null : limit,
    autofocus: element.focus_on_load,
    placeholder: placeholder(element, ""),
    value: surface.form.read(block, element) ?? "",
    data: { element: nameOf(element, block) },
    oninput: () => surface.form.write(block, element, node.value === "" ? null : node.value),
    onkeydown: (event) => {
      if (event.key !== "Enter" || element.multiline || !block.dispatch_action) return;
      event.preventDefault();
      act(node, element, block, surface, { value: node.value });
    },
  });
  return element.multiline ? [node, counter(node, limit)] : node;
}

function picker(element, block, surface, type) {
  const node = h("input.field.field-short", {
    type,
    value: surface.form.read(block, element) ?? "",
    data: { element: nameOf(element, block) },
    onchange: () => change(node, element, block, surface, node.value || null),
  });
  return node;
}

/* Slack's date and time together are seconds; the browser's are local text. */
function moment(element, block, surface) {
  const seconds = surface.form.read(block, element);
  const local = seconds
    ? new Date((seconds - new Date(seconds * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16)
    : "";
  const read = () => (node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null);
  const node = h("input.field.field-short", {
    type: "datetime-local",
    value: local,
    onchange: () => change(node, element, block, surface, read()),
  });
  return node;
}

const DRAW = {
  button,
  workflow_button: button,
  overflow,
  image: (element) => h("img.accessory-image", { src: element.image_url, alt: element.alt_text }),
  static_select: (element, block, surface) => select(element, block, surface, optionsOf(element)),
  users_select: (element, block, surface) => select(element, block, surface, peopleOf(surface)),
  channels_select: (element, block, surface) => select(element, block, surface, channelsOf(surface)),
  conversations_select: (element, block, surface) =>
    select(element, block, surface, [...channelsOf(surface), ...peopleOf(surface)]),
  multi_static_select: (element, block, surface) =>
    choices(element, block, surface, { several: true, options: optionsOf(element) }),
  multi_users_select: (element, block, surface) =>
    choices(element, block, surface, { several: true, options: peopleOf(surface) }),
  radio_buttons: (element, block, surface) =>
    choices(element, block, surface, { several: false, options: rowsOf(element, surface) }),
  checkboxes: (element, block, surface) =>
    choices(element, block, surface, { several: true, options: rowsOf(element, surface) }),
  datepicker: (element, block, surface) => picker(element, block, surface, "date"),
  timepicker: (element, block, surface) => picker(element, block, surface, "time"),
  datetimepicker: moment,
  plain_text_input: (element, block, surface) => textInput(element, block, surface, "text"),
  email_text_input: (element, block, surface) => textInput(element, block, surface, "email"),
  url_text_input: (element, block, surface) => textInput(element, block, surface, "url"),
  number_input: (element, block, surface) => textInput(element, block, surface, "number"),
};
