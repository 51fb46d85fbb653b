/* The two panes that show messages: the channel and, at its right, a thread. */

import { createComposer } from "./composer.js";
import { glow, h, part, pinToEnd, reconcile } from "./dom.js";
import { avatar, icon, iconButton, menuButton } from "./icons.js";
import { appHead } from "./home.js";
import { messageEntries } from "./messages.js";
import { botName, channelMessages, threadMessages, threadSummaries } from "./store.js";

const HOME_CHANNEL = "releases"; // where an empty history says what to do
const SUGGESTIONS = [
  { label: "A good release", text: "/stage shop v1.1.0" },
  { label: "A bad one", text: "/stage shop v1.2.0" },
];

export function createChannel(app) {
  const header = h("header.pane-head");
  const { list, scroller, pin } = scrollingList();
  const node = h("section.pane", { "aria-label": "Channel" }, header, scroller, app.composer.node);
  let shown = null;

  function render(state) {
    const { route } = state;
    node.hidden = route.page !== "channel";
    const channel = state.channels.find((it) => it.id === route.channel);
    if (node.hidden || !channel) return;
    const messages = channelMessages(state, channel.id);
    const place = {
      thread: false,
      summaries: threadSummaries(state, channel.id),
      unreadThreads: state.unreadThreads,
    };
    const me = state.users[state.me];
    const isEmpty = messages.length === 0;
    reconcile(header, channel.is_im ? appHead(state, app, "Messages") : channelHead(channel, me, app));
    reconcile(list, [
      part("intro", [channel.id, isEmpty], () => intro(channel, isEmpty, state, app)),
      ...messageEntries(state, messages, place, app),
    ]);
    const placeholder = `Message ${channel.is_im ? botName(state.boot) : `#${channel.name}`} as ${me.real_name}`;
    const hints = channel.name === HOME_CHANNEL && !isEmpty ? ["Try", suggestions(state, app)].flat() : null;
    app.composer.show({ channel: channel.id, thread: null, placeholder, hints });
    const here = `${state.me}/${channel.id}`;
    if (pin.atEnd || shown !== here) pin.toEnd();
    shown = here;
  }

  return { node, render };
}

export function createThread(node, app) {
  const header = h("header.pane-head");
  const { list, scroller, pin } = scrollingList();
  const composer = createComposer(app, { thread: true });
  node.append(h("section.pane", header, scroller, composer.node));
  let shown = null;
  let lookedAt = null; // the message of a permalink, once it has been scrolled to

  return (state) => {
    const { channel, thread, focus } = state.route;
    node.hidden = !thread;
    if (!thread) {
      shown = null;
      return;
    }
    const messages = threadMessages(state, channel, thread);
    const replies = messages.length - 1;
    const name = state.channels.find((it) => it.id === channel)?.name;
    reconcile(header, [
      part("head", [name], () => h("h1", "Thread", h("span.pane-topic", `#${name}`))),
      part("close", [], () => iconButton("close", "Close the thread", app.closeThread)),
    ]);
    const [root, ...rest] = messageEntries(state, messages, { thread: true, summaries: {} }, app);
    const count = replies === 1 ? "1 reply" : `${replies} replies`;
    const divider = part("count", [count], () => h("div.count", replies > 0 ? count : "No replies yet"));
    reconcile(
      list,
      root ? [root, divider, ...rest] : [part("gone", [], () => h("p.nothing", "This thread is not there."))],
    );
    composer.show({ channel, thread, placeholder: `Reply as ${state.users[state.me].real_name}` });
    const here = `${state.me}/${thread}`;
    if (pin.atEnd || shown !== here) pin.toEnd();
    shown = here;
    if (focus === lookedAt) return;
    const row = list.querySelector(`[data-ts="${CSS.escape(focus ?? "")}"]`);
    row?.scrollIntoView({ block: "center" });
    if (row) glow(row);
    if (row || !focus) lookedAt = focus;
  };
}

function scrollingList() {
  const list = h("div.list", { role: "log" });
  const scroller = h("div.scroller", { tabindex: -1 }, h("div.spring"), list);
  const more = h("button.to-end", { hidden: true, onclick: () => pin.toEnd() }, icon("down"), "Latest");
  const pin = pinToEnd(scroller, list, (atEnd) => (more.hidden = atEnd));
  return { list, pin, scroller: h("div.scroll-frame", scroller, more) };
}

function channelHead(channel, me, app) {
  const drawer = () => app.openDrawer(true);
  return [
    part("menu", [], () => menuButton(app)),
    part("name", [channel.name], () => h("h1", h("span.hash", "#"), channel.name)),
    part("topic", [channel.topic], () => h("span.pane-topic", channel.topic ?? "")),
    part("me", [me], () =>
      h("button.me-button", { title: `Acting as ${me.real_name}`, onclick: drawer }, avatar(me, "small")),
    ),
  ];
}

/* The head of every channel's history; while it is empty, what to do about that. */
function intro(channel, empty, state, app) {
  if (channel.is_im) return h("div.intro", h("p", `What ${botName(state.boot)} and you say here is between you.`));
  if (!empty || channel.name !== HOME_CHANNEL) {
    return h("div.intro", h("h2", `# ${channel.name}`), h("p", channel.topic || "This is where the channel begins."));
  }
  return h(
    "div.intro.intro-empty",
    h("img", { src: "/static/songbird.svg", alt: "", width: 88, height: 88 }),
    h("h2", "No release is under way"),
    h(
      "p",
      "Type a command, or take one of these. ",
      `${botName(state.boot)} does the rest and asks people when it needs them; `,
      "whom you act as is your choice in the sidebar.",
    ),
    h("div.chips", suggestions(state, app)),
  );
}

const suggestions = (state, app) =>
  (state.boot.suggestions ?? SUGGESTIONS).map(({ label, text }) =>
    h("button.chip", { title: label, onclick: () => app.fill(text) }, h("span", label), h("code", text)),
  );
