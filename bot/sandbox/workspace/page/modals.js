/* Modals: the views the bot has opened for the person one acts as; the last one is on top, the others wait under
 * it.
 *
 * The browser's <dialog> gives the focus trap and Esc. The form outlives updates of the view, as in Slack; errors
 * come from our own look at required fields or from the bot's answer, and vanish with the next attempt.
 */

import { showBlocks } from "./blocks.js";
import { h, part, reconcile } from "./dom.js";
import { forgetForm, formFor } from "./forms.js";
import { icon, iconButton } from "./icons.js";
import { textNodes } from "./mrkdwn.js";

export function createModals(app) {
  let dialog = null;
  let shownId = null;
  let errors = {};

  function render(state) {
    const view = state.views.at(-1);
    if (view?.id !== shownId) {
      dialog?.remove();
      if (shownId && !state.views.some((it) => it.id === shownId)) forgetForm(shownId);
      dialog = null;
      errors = {};
      shownId = view?.id ?? null;
    }
    if (!view) return;
    const isNew = !dialog;
    dialog ??= frame(view);
    fill(view, state);
    if (!isNew) return;
    document.body.append(dialog);
    dialog.showModal();
    const first =
      dialog.querySelector("[autofocus]") ??
      dialog.querySelector(".dialog-body :is(.field, input)") ??
      dialog.querySelector("footer .button:last-child");
    first?.focus({ preventScroll: true });
    if (first?.tagName === "TEXTAREA") first.setSelectionRange(0, 0); // a long text is read from its beginning
  }

  function frame() {
    const cancel = (event) => {
      event.preventDefault();
      close();
    };
    const body = h("div.dialog-body.blocks");
    const form = h("form", { novalidate: true, onsubmit: submit }, h("header"), body, h("footer"));
    return h("dialog.dialog.modal", { oncancel: cancel }, form);
  }

  function fill(view, state) {
    const [header, body, footer] = dialog.firstElementChild.children;
    const title = JSON.stringify(view.title);
    const deep = state.views.length > 1;
    reconcile(header, [
      part("head", [title, deep], () => h("h2", deep ? icon("back") : null, textNodes(view.title))),
      part("close", [], () => iconButton("close", "Close", close)),
    ]);
    showBlocks(body, view.blocks, viewSurface(view, state, app, { ...view.errors, ...errors }));
    reconcile(footer, [
      part("deny", [JSON.stringify(view.close)], () =>
        h("button.button", { onclick: close }, view.close ? textNodes(view.close) : view.submit ? "Cancel" : "Close"),
      ),
      ...(view.submit
        ? [
            part("submit", [JSON.stringify(view.submit)], () =>
              h("button.button.button-primary", { type: "submit" }, textNodes(view.submit)),
            ),
          ]
        : []),
    ]);
  }

  async function submit(event) {
    event.preventDefault();
    const view = app.store.state.views.at(-1);
    const form = formFor(view.id);
    errors = form.problems(view.blocks);
    if (Object.keys(errors).length === 0) {
      dialog.classList.add("busy");
      const answer = await app.send(
        "/client/view_submission",
        { view_id: view.id, values: form.values(view.blocks) },
        "What you entered is still here.",
      );
      dialog?.classList.remove("busy");
      if (view.id !== shownId) return;
      errors = answer.errors ?? {};
    }
    if (app.store.state.views.at(-1)) render(app.store.state);
    dialog?.querySelector(".input-wrong :is(.field, input)")?.focus();
  }

  function close() {
    app.closeView(shownId);
  }

  return { render };
}

export function viewSurface(view, state, app, errors = {}) {
  const form = formFor(view.id);
  return {
    kind: view.type,
    me: state.me,
    names: app.names,
    form,
    people: app.people(),
    channels: state.channels,
    errors,
    act: (action) =>
      app.send("/client/view_action", { view_id: view.id, action, values: form.values(view.blocks) }),
  };
}
