/* The page's start: boot, the store, the event stream, and the regions that are rendered when the state changes.
 *
 * `app` is what every region may ask for: people's names, going somewhere, sending something. The address says
 * where one is: `?as=PERSON#/CHANNEL_NAME/THREAD_TS` or `#/home`, so a place can be linked and the browser's back
 * button works.
 *
 * One could forget: whom one acts as is kept per tab (sessionStorage). Two tabs can be two people.
 */

import { explain, get, listen, post } from "./api.js";
import { createComposer, wire } from "./composer.js";
import { tick } from "./dates.js";
import { h } from "./dom.js";
import { createHome } from "./home.js";
import { createModals } from "./modals.js";
import { toast } from "./overlays.js";
import { createChannel, createThread } from "./panes.js";
import { renderSidebar } from "./sidebar.js";
import {
  actingAs,
  botName,
  createStore,
  initialState,
  routeOf,
  withEvent,
  withRoute,
  withSnapshot,
} from "./store.js";
import { createTraffic } from "./traffic.js";

const ACTING_AS = "songbird.acting-as";
const $ = (selector) => document.querySelector(selector);

async function start() {
  const boot = await get("/client/boot");
  const store = createStore(initialState(boot, whoFirst(boot)));
  const app = createApp(store);
  const regions = createRegions(app);
  store.subscribe((state) => regions.forEach((render) => render(state)));
  addEventListener("hashchange", () => store.update(reroute));
  addEventListener("keydown", (event) => event.key === "Escape" && onEscape(event, app));
  $("#scrim").addEventListener("click", () => app.openDrawer(false));
  store.update(reroute);
  app.connect();
  setInterval(tick, 1000);
}

const reroute = (state) => withRoute(state, routeOf(location.hash, state.channels));

function whoFirst(boot) {
  const people = boot.users.filter((user) => !user.is_bot);
  const wanted = [new URLSearchParams(location.search).get("as"), sessionStorage.getItem(ACTING_AS)];
  const found = wanted.map((name) => people.find((user) => user.id === name || user.name === name)).find(Boolean);
  return (found ?? people[0]).id;
}

function createApp(store) {
  const bot = () => botName(store.state.boot);
  let hangUp = () => {};

  const app = {
    store,
    composer: null, // the channel's, set by createRegions
    names: {
      get me() {
        return store.state.me;
      },
      user: (id) => store.state.users[id]?.real_name ?? id,
      channel: (id) => store.state.channels.find((it) => it.id === id)?.name,
      open: (id) => app.openChannel(id),
    },
    people: () => Object.values(store.state.users).filter((user) => !user.is_bot),
    openMessages: () => go(addressOf(directId())),
    openChannel: (id) => go(addressOf(id)),
    openHome: () => go("#/home"),
    openThread: (ts) => go(`${addressOf(store.state.route.channel)}/${ts}`),
    closeThread: () => go(addressOf(store.state.route.channel)),
    openDrawer: (drawerOpen) => store.update((state) => ({ ...state, drawerOpen })),
    toggleTraffic: () => store.update((state) => ({ ...state, trafficOpen: !state.trafficOpen })),
    dismiss: ({ channel, ts }) =>
      store.update((state) => withEvent(state, { type: "ephemeral_deleted", channel, ts })),
    fill: (text) => app.composer.fill(text),

    async send(path, body, consequence) {
      const answer = await post(path, { as: store.state.me, ...body });
      const isForForm = answer.errors && !Array.isArray(answer.errors);
      if (!answer.ok && !isForForm) toast(explain(answer, bot(), consequence));
      return answer;
    },

    shortcuts: (type) => store.state.boot.shortcuts.filter((it) => it.type === type),
    take: (shortcut, where = {}) =>
      app.send(
        "/client/shortcut",
        { callback_id: shortcut.callback_id, ...where },
        `“${shortcut.name}” was not carried out.`,
      ),

    async say(text, { channel, thread }) {
      const command = /^(\/\S+)\s*([^]*)$/.exec(text);
      if (!command) {
        const thread_ts = thread ? { thread_ts: thread } : {};
        return (
          await app.send(
            "/client/message",
            { channel, ...thread_ts, text: wire(text, Object.values(store.state.users)) },
            "The message was not sent.",
          )
        ).ok;
      }
      const refusal = thread
        ? "Slack takes no commands in threads"
        : isKnown(command[1])
          ? null
          : `${command[1]} is not a command here`;
      if (refusal)
        toast({ title: refusal, detail: thread ? "Type it in the channel." : "Type / to see those there are." });
      return (
        !refusal &&
        (
          await app.send(
            "/client/command",
            { channel, command: command[1], text: command[2] },
            `“${text}” was not carried out.`,
          )
        ).ok
      );
    },

    closeView(id) {
      store.update((state) => withEvent(state, { type: "view_closed", view_id: id }));
      post("/client/view_closed", { as: store.state.me, view_id: id }); // a bot that does not care need not answer
    },

    actAs(me) {
      if (me === store.state.me) return app.openDrawer(false);
      sessionStorage.setItem(ACTING_AS, me);
      if (location.search) history.replaceState(null, "", location.pathname + location.hash);
      store.update((state) => ({ ...state, me, drawerOpen: false }));
      startAfresh();
    },

    connect() {
      hangUp();
      const { me } = store.state;
      let early = []; // what was told before the snapshot came, which may be older than it
      hangUp = listen(me, {
        async onOpen() {
          const held = (early = []);
          const snapshot = await get(`/client/state?as=${encodeURIComponent(me)}`).catch(() => null); // gone: onLost
          if (store.state.me !== me || held !== early) return;
          if (snapshot) store.update((state) => reroute(withSnapshot(state, snapshot)));
          held.forEach((event) => store.update((state) => withEvent(state, event)));
          early = null;
        },
        onEvent(event) {
          if (event.type === "reset") startAfresh();
          else if (early) early.push(event);
          else store.update((state) => withEvent(state, event));
        },
        onLost: () => store.update((state) => ({ ...state, online: false, botConnected: null })),
      });
    },
  };

  function startAfresh() {
    store.update((state) => actingAs(state, state.me));
    app.connect();
  }

  const directId = () => store.state.channels.find((it) => it.is_im)?.id;
  const isKnown = (command) => store.state.boot.commands.some((it) => it.command === command);
  const addressOf = (id) => {
    const channel = store.state.channels.find((it) => it.id === id);
    return `#/${channel?.is_im ? id : (channel?.name ?? id)}`;
  };
  const go = (address) => {
    if (address === location.hash) app.openDrawer(false);
    else location.hash = address;
  };
  return app;
}

function createRegions(app) {
  app.composer = createComposer(app, { thread: false });
  const channel = createChannel(app);
  const home = createHome(app);
  $("#main").append(channel.node, home.node);
  const modals = createModals(app);
  return [
    (state) => renderSidebar($("#sidebar"), state, app),
    channel.render,
    home.render,
    createThread($("#thread"), app),
    createTraffic($("#traffic"), app),
    modals.render,
    renderFrame,
  ];
}

function renderFrame(state) {
  const { route, channels, unread, boot } = state;
  const place =
    route.page === "home" ? botName(boot) : `#${channels.find((it) => it.id === route.channel)?.name ?? ""}`;
  const news = Object.values(unread).reduce((sum, it) => sum + it, 0);
  document.title = `${news ? `(${news}) ` : ""}${place} · ${boot.team.name}`;
  $("#app").toggleAttribute("aria-busy", !state.loaded);
  $("#app").classList.toggle("with-thread", Boolean(route.thread));
  $("#app").classList.toggle("with-drawer", state.drawerOpen);
  $("#scrim").hidden = !state.drawerOpen;
}

function onEscape(event, app) {
  if (document.querySelector("dialog[open], .menu")) return;
  if (app.store.state.drawerOpen) app.openDrawer(false);
  else if (app.store.state.route.thread) app.closeThread();
}

start().catch((error) => {
  $("#app").removeAttribute("aria-busy");
  $("#app").replaceChildren(h("p.fatal", `The workspace does not answer: ${error.message}. Is it running?`));
});
