/* The sidebar: the workspace, its channels, the app, and the cast, one of whom the person at the keyboard acts as. */

import { h, part, reconcile } from "./dom.js";
import { avatar } from "./icons.js";
import { botName } from "./store.js";

export function renderSidebar(node, state, app) {
  const { boot, channels, route, unread, me, asked, botConnected } = state;
  const rooms = channels.filter((channel) => !channel.is_im);
  const direct = channels.find((channel) => channel.is_im);
  const here = (id) => route.page === "channel" && route.channel === id;
  const entries = [
    part("head", [], () => head(boot)),
    title("Channels"),
    ...rooms.map((it) =>
      row(it.id, {
        mark: "#",
        name: it.name,
        here: here(it.id),
        unread: unread[it.id],
        open: () => app.openChannel(it.id),
      }),
    ),
    title("Apps"),
    row("app", {
      mark: avatar(null, "tiny"),
      name: botName(boot),
      here: route.page === "home" || here(direct?.id),
      unread: unread[direct?.id],
      connected: botConnected,
      open: unread[direct?.id] ? app.openMessages : app.openHome,
    }),
    part("room", [], () => h("div.side-room")),
    part("cast", [me, asked, state.users], () => cast(state, app)),
  ];
  reconcile(node, entries);
}

const title = (text) => part(`title:${text}`, [], () => h("div.side-title", text));

function head(boot) {
  return h(
    "header.side-head",
    h("img", { src: "/static/songbird.svg", alt: "", width: 34, height: 34 }),
    h("div", h("strong", boot.team.name), h("small", boot.notice ?? "a stand-in for Slack")),
  );
}

function row(key, { mark, name, here, unread = 0, connected, open }) {
  return {
    key,
    deps: [name, here, unread, connected],
    draw: () =>
      h(
        "button",
        {
          class: `side-row ${unread ? "unread" : ""}`,
          "aria-current": here ? "page" : null,
          onclick: open,
        },
        h("span.side-mark", mark),
        h("span.side-name", name),
        unread ? h("span.badge", { "aria-label": `${unread} new` }, unread > 99 ? "99+" : String(unread)) : null,
        connected === undefined ? null : dot(connected),
      ),
  };
}

/* connected: null while it is not known. */
export const presence = (connected) =>
  connected === null ? "not known yet" : connected ? "connected" : "not connected";
export const dot = (connected) =>
  h("span.dot", { class: connected ? "dot-on" : connected === false ? "dot-off" : "", title: presence(connected) });

function cast({ users, me, asked }, app) {
  const people = Object.values(users).filter((user) => !user.is_bot);
  const person = (user) =>
    h(
      "button.person",
      { role: "radio", "aria-checked": String(user.id === me), onclick: () => app.actAs(user.id) },
      avatar(user, "medium"),
      h("span.person-words", h("strong", user.real_name), h("small", user.title ?? "")),
      asked[user.id] ? h("span.asked", { title: "was mentioned" }) : null,
    );
  return h(
    "section.cast",
    { role: "radiogroup", "aria-label": "Acting as" },
    h("div.side-title", "You are acting as"),
    people.map(person),
  );
}
