/* What lies over the page: toasts, menus, confirm dialogs and enlarged pictures. Modals, which belong to a view, are in
 * modals.js.
 *
 * All of them use the browser's own top layer (popover, dialog): focus, Esc and clicks beside them need no code of
 * ours.
 */

import { h } from "./dom.js";
import { iconButton } from "./icons.js";
import { textNodes } from "./mrkdwn.js";

const TOAST_MILLISECONDS = 7000;

export function toast({ title, detail }, kind = "error") {
  const shelf = document.querySelector("#toasts");
  const close = () => {
    note.remove();
    if (!shelf.childElementCount && shelf.matches(":popover-open")) shelf.hidePopover();
  };
  const note = h(
    "div",
    { class: `toast toast-${kind}` },
    h("div", h("strong", title), detail ? h("span", detail) : null),
    iconButton("close", "Dismiss", close),
  );
  shelf.append(note);
  if (shelf.matches(":popover-open")) shelf.hidePopover(); // shown again, it is above a dialog opened meanwhile
  shelf.showPopover();
  setTimeout(close, TOAST_MILLISECONDS);
}

/* A menu under `anchor`. items: [{label, detail?, url?, choose}] */
export function openMenu(anchor, items) {
  const close = () => menu.remove();
  const row = (item) => {
    const choose = () => {
      close();
      item.choose();
    };
    const words = [h("span", item.label), item.detail ? h("small", item.detail) : null];
    return /^https?:/i.test(item.url ?? "")
      ? h(
          "a",
          { role: "menuitem", href: item.url, target: "_blank", rel: "noopener noreferrer", onclick: choose },
          words,
        )
      : h("button", { role: "menuitem", onclick: choose }, words);
  };
  const menu = h(
    "div.menu",
    { role: "menu", popover: "auto", ontoggle: (event) => event.newState === "closed" && close(), onkeydown: walk },
    items.map(row),
  );
  (anchor.closest("dialog") ?? document.body).append(menu);
  menu.showPopover();
  place(menu, anchor);
  menu.firstElementChild?.focus();
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.children];
  items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
}

function place(menu, anchor) {
  const margin_pixels = 6;
  const beside = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = beside.bottom + margin_pixels + height < innerHeight;
  menu.style.left = `${Math.max(margin_pixels, Math.min(beside.left, innerWidth - width - margin_pixels))}px`;
  const top = below ? beside.bottom + margin_pixels : Math.max(margin_pixels, beside.top - height - margin_pixels);
  menu.style.top = `${top}px`;
}

/* Block Kit's confirm object → whether the person agreed. */
export function confirmed(confirm, names) {
  return new Promise((resolve) => {
    const answer = (agreed) => () => {
      resolve(agreed);
      dialog.remove();
    };
    const dialog = h(
      "dialog.dialog.confirm",
      { "aria-label": confirm.title?.text, onclose: answer(false) },
      h("header", h("h2", textNodes(confirm.title))),
      h("div.dialog-body.text", textNodes(confirm.text, names)),
      h(
        "footer",
        h("button.button", { onclick: answer(false) }, textNodes(confirm.deny ?? "Cancel")),
        h(
          "button",
          {
            class: `button button-${confirm.style ?? "primary"}`,
            autofocus: true,
            onclick: answer(true),
          },
          textNodes(confirm.confirm ?? "Yes"),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/* A picture in a message: its description on hover, and itself over the whole page when it is clicked. */
export function picture(address, alt, title) {
  const enlarge = () => show(address, alt, title);
  return h(
    "button.picture",
    { "aria-label": `Enlarge: ${alt || title || "picture"}`, onclick: enlarge },
    h("img", { src: address, alt, title: alt }),
  );
}

function show(address, alt, title) {
  const close = () => dialog.remove();
  const beside = (event) => event.target.closest("img, a, .icon-button") ?? close();
  const dialog = h(
    "dialog.enlarged",
    { "aria-label": title || alt || "Picture", onclose: close, onclick: beside },
    h(
      "header",
      h("span", title || ""),
      h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, "Open original"),
      iconButton("close", "Close", close),
    ),
    h("img", { src: address, alt }),
    alt ? h("p", alt) : null,
  );
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(".icon-button").focus();
}
