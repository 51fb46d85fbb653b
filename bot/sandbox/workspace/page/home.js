/* The app's own place: its Home tab, one view published by the bot for each person, and the head it shares with its
 * messages.
 */

import { showBlocks } from "./blocks.js";
import { h, part, reconcile } from "./dom.js";
import { avatar, menuButton } from "./icons.js";
import { viewSurface } from "./modals.js";
import { dot, presence } from "./sidebar.js";
import { botName } from "./store.js";

export function createHome(app) {
  const header = h("header.pane-head");
  const blocks = h("div.blocks.home-blocks");
  const node = h("section.pane", { hidden: true }, header, h("div.scroller", blocks));
  let openedFor = null; // whom the bot was told that Home was opened for

  function render(state) {
    const shown = state.route.page === "home";
    node.hidden = !shown;
    if (!shown) {
      openedFor = null;
      return;
    }
    if (openedFor !== state.me) {
      openedFor = state.me;
      app.send("/client/home_opened", {});
    }
    const name = botName(state.boot);
    reconcile(header, appHead(state, app, "Home"));
    if (state.home) showBlocks(blocks, state.home.blocks, viewSurface(state.home, state, app));
    else reconcile(blocks, [part("nothing", [name], () => h("p.nothing", `${name} has not put anything here yet.`))]);
  }

  return { node, render };
}

/* Entries for reconcile: the app's name and its two tabs. */
export function appHead(state, app, here) {
  const name = botName(state.boot);
  const tab = (words, open) =>
    h("button.tab", { "aria-current": words === here ? "page" : null, onclick: open }, words);
  const hasMessages = state.channels.some((it) => it.is_im);
  return [
    part("menu", [], () => menuButton(app)),
    part("app", [name], () => h("h1", avatar(null, "small"), name)),
    part("tabs", [here, hasMessages], () =>
      h("nav.tabs", tab("Home", app.openHome), hasMessages ? tab("Messages", app.openMessages) : null),
    ),
    part("dot", [state.botConnected], () =>
      h("span.pane-topic", dot(state.botConnected), presence(state.botConnected)),
    ),
  ];
}
