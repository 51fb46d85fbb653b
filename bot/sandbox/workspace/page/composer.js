/* The composer: a text field that knows slash commands and names. Enter sends, Shift+Enter makes a line, Esc closes
 * the list.
 *
 * The line under the field says how a command goes on or, in #releases, what one could try. One could forget: Slack
 * takes no commands in threads, so neither do we.
 */

import { h, part, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./overlays.js";

const SUGGESTIONS_MAX = 8;

export function createComposer(app, { thread }) {
  const drafts = new Map();
  let place = null; // {channel, thread}
  let offers = []; // what the open list offers
  let chosen = 0;

  const list = h("div.offers", { role: "listbox", id: thread ? "thread-offers" : "offers", hidden: true });
  const hint = h("div.composer-hint");
  const field = h("textarea", {
    rows: 1,
    "aria-label": "Message",
    "aria-controls": list.id,
    oninput: onInput,
    onkeydown: onKey,
    onblur: closeList,
  });
  const sendButton = h("button.send", { type: "submit", "aria-label": "Send", disabled: true }, icon("send"));
  const box = h("div.composer-box", shortcutsButton(app), field, sendButton);
  const node = h("form.composer", { onsubmit: onSubmit }, list, box, hint);

  function onSubmit(event) {
    event.preventDefault();
    send();
    field.focus();
  }

  function onInput() {
    resize();
    drafts.set(keyOf(place), field.value);
    sendButton.disabled = !field.value.trim();
    offers = findOffers(field.value.slice(0, field.selectionStart), app.store.state, thread);
    chosen = 0;
    showList();
  }

  function resize() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    field.style.overflowY = field.scrollHeight > field.clientHeight ? "auto" : "hidden"; // no bar beside one line
  }

  function onKey(event) {
    if (event.isComposing) return;
    const open = offers.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (open && step) {
      event.preventDefault();
      chosen = (chosen + step + offers.length) % offers.length;
      showList();
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      closeList();
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && !offers[chosen].complete))) {
      event.preventDefault();
      take(offers[chosen]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  }

  function take(offer) {
    const caret = field.selectionStart;
    const before = field.value.slice(0, caret - offer.typed.length) + offer.insert;
    field.value = before + field.value.slice(caret);
    field.setSelectionRange(before.length, before.length);
    onInput();
  }

  function closeList() {
    offers = [];
    showList();
  }

  function showList() {
    list.hidden = offers.length === 0;
    reconcile(
      list,
      offers.map((offer, i) => part(offer.label, [i === chosen, i], () => offerRow(offer, i))),
    );
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    hint.replaceChildren(...(field.value ? hintFor(field.value, app.store.state, thread) : (place?.hints ?? [])));
  }

  function offerRow(offer, i) {
    const pick = (event) => {
      event.preventDefault(); // the field keeps the focus
      take(offer);
    };
    return h(
      "div.offer",
      { role: "option", "aria-selected": String(i === chosen), onmousedown: pick },
      h("span.offer-label", offer.label, offer.usage ? h("span.usage", ` ${offer.usage}`) : null),
      h("span.offer-detail", offer.detail ?? ""),
    );
  }

  async function send() {
    const text = field.value.trim();
    if (!text) return;
    const from = place;
    write("");
    node.classList.add("sending");
    const ok = await app.say(text, from);
    node.classList.remove("sending");
    if (!ok && keyOf(from) === keyOf(place) && !field.value) write(text); // nothing typed is lost
  }

  function write(text) {
    field.value = text;
    onInput();
  }

  return {
    node,
    /* next: {channel, thread, placeholder, hints: nodes for the line under an empty field} */
    show(next) {
      field.placeholder = next.placeholder;
      if (keyOf(next) === keyOf(place) && Boolean(next.hints) === Boolean(place.hints)) return;
      const moved = keyOf(next) !== keyOf(place);
      place = next;
      if (!moved) return showList();
      write(drafts.get(keyOf(next)) ?? "");
      closeList();
    },
    fill(text) {
      write(text);
      closeList();
      field.focus();
      field.setSelectionRange(text.length, text.length);
    },
    focus: () => field.focus({ preventScroll: true }),
  };
}

/* The app's global shortcuts, which Slack offers beside the field. */
function shortcutsButton(app) {
  const items = app.shortcuts("global").map((it) => ({ label: it.name, choose: () => app.take(it) }));
  const node = h(
    "button.shortcuts",
    { type: "button", "aria-label": "Shortcuts", "aria-haspopup": "menu", onclick: () => openMenu(node, items) },
    icon("bolt"),
  );
  return items.length ? node : null;
}

const keyOf = (place) => (place ? `${place.channel}/${place.thread ?? ""}` : null);

function findOffers(typed, { boot, users }, thread) {
  const slash = /^\/\S*$/.exec(typed);
  if (slash && !thread) {
    return boot.commands
      .filter((it) => it.command.startsWith(typed))
      .map((it) => ({
        typed,
        label: it.command,
        usage: it.usage_hint,
        detail: it.description,
        insert: `${it.command} `,
        complete: it.command === typed,
      }))
      .slice(0, SUGGESTIONS_MAX);
  }
  const at = /(?:^|\s)@([\w.-]*)$/.exec(typed);
  if (!at) return [];
  return Object.values(users)
    .filter((user) => `${user.real_name} ${user.name}`.toLowerCase().includes(at[1].toLowerCase()))
    .map((user) => ({
      typed: `@${at[1]}`,
      label: `@${user.real_name}`,
      detail: user.title,
      insert: `@${user.real_name} `,
    }))
    .slice(0, SUGGESTIONS_MAX);
}

/* Under the field: how to go on with the command that is being typed. */
function hintFor(text, { boot }, thread) {
  const command = boot.commands.find((it) => text.startsWith(`${it.command} `));
  if (command && thread) return ["Slack takes no commands in threads; use the channel."];
  if (command) return [h("code", `${command.command} ${command.usage_hint ?? ""}`), ` ${command.description ?? ""}`];
  return [];
}

/* "@Full Name" → "<@ID>". Short names, channels and escaping are the server's part, as of any client's text. */
export function wire(text, users) {
  return users.reduce((said, user) => said.replaceAll(`@${user.real_name}`, `<@${user.id}>`), text);
}
