/* The page's state and how events change it: plain objects, pure functions, no DOM and no network.
 *
 * Messages are replaced, never changed in place, so a view can tell what is new by identity. The state holds what
 * ONE person sees (`me`): ephemeral messages, open modals and Home are theirs and are dropped when somebody else is
 * acted as.
 *
 * One could forget: events told before the snapshot came are applied after it, in their order (main.js). Some are older
 * than the snapshot, which is harmless: what made them old is among those that follow.
 */

const LOG_LENGTH_MAX = 300;

export function createStore(initial) {
  let state = initial;
  let scheduled = false;
  const listeners = [];
  return {
    get state() {
      return state;
    },
    update(change) {
      state = change(state);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        listeners.forEach((listener) => listener(state));
      });
    },
    subscribe: (listener) => listeners.push(listener),
  };
}

export function initialState(boot, me) {
  return {
    boot,
    me,
    users: byId(boot.users),
    channels: boot.channels,
    route: { page: "channel", channel: boot.channels[0]?.id ?? null, thread: null, focus: null },
    messages: {}, // channel → {ts: message}, thread replies included
    home: null,
    views: [], // open modals, the last one on top
    loaded: false, // has a first snapshot come?
    online: true, // does the workspace answer?
    botConnected: null, // null: not known
    log: [],
    unread: {}, // channel → number of messages not seen
    unreadThreads: {}, // thread ts → true
    asked: {}, // user → true: mentioned since this person was last acted as
    trafficOpen: false,
    drawerOpen: false,
  };
}

const byId = (items) => Object.fromEntries(items.map((item) => [item.id, item]));

/* The snapshot of GET /client/state. Ephemeral messages, which the server does not keep, are carried over. */
export function withSnapshot(state, snapshot) {
  const messages = {};
  for (const [channel, list] of Object.entries(snapshot.messages)) {
    messages[channel] = Object.fromEntries(list.map((message) => [message.ts, message]));
  }
  for (const [channel, known] of Object.entries(state.messages)) {
    const own = Object.entries(known).filter(([, message]) => message.is_ephemeral);
    if (own.length) messages[channel] = { ...messages[channel], ...Object.fromEntries(own) };
  }
  const { users, bot, home, views } = snapshot;
  const channels = withConversations(snapshot.channels ?? state.boot.channels, Object.keys(messages));
  return {
    ...state,
    users: byId(users),
    channels,
    loaded: true,
    online: true,
    botConnected: bot.connected,
    messages,
    home,
    views,
  };
}

/* Private channels and direct messages are not listed at the start: they appear with their first message. */
function withConversations(channels, ids) {
  const known = new Set(channels.map((channel) => channel.id));
  const fresh = ids
    .filter((id) => !known.has(id))
    .map((id) => ({ id, name: id, topic: "", is_im: id.startsWith("D") }));
  return fresh.length ? [...channels, ...fresh] : channels;
}

export const botName = (boot) => {
  const name =
    boot.users.find((user) => user.id === boot.bot_user?.id)?.real_name ?? boot.bot_user?.name ?? "Songbird";
  return name.charAt(0).toUpperCase() + name.slice(1);
};

/* Somebody else's eyes. What everybody sees stays until their snapshot comes, so that nothing flickers. */
export function actingAs(state, me) {
  const asked = { ...state.asked };
  delete asked[me];
  const messages = Object.fromEntries(
    Object.entries(state.messages).map(([channel, known]) => [
      channel,
      Object.fromEntries(Object.entries(known).filter(([, message]) => !message.is_ephemeral)),
    ]),
  );
  return { ...state, me, asked, messages, home: null, views: [], unreadThreads: {} };
}

const reducers = {
  message: (state, { message }) => withMessage(state, message),
  ephemeral: (state, { message }) => withMessage(state, { ...message, is_ephemeral: true }),
  ephemeral_replaced: (state, { channel, ts, message }) =>
    withMessage(state, { ...message, channel: message.channel ?? channel, ts: message.ts ?? ts, is_ephemeral: true }),
  ephemeral_deleted: (state, { channel, ts }) => withoutMessage(state, channel, ts),
  message_deleted: (state, { channel, ts }) => withoutMessage(state, channel, ts),
  view_opened: (state, { view }) => withView(state, view),
  view_pushed: (state, { view }) => withView(state, view),
  view_updated: (state, { view }) => (view.type === "home" ? { ...state, home: view } : withView(state, view)),
  view_closed: (state, { view_id }) => ({ ...state, views: state.views.filter((view) => view.id !== view_id) }),
  home: (state, { view }) => ({ ...state, home: view }),
  bot: (state, { connected }) => ({ ...state, botConnected: connected }),
  log: (state, entry) => ({ ...state, log: [...state.log, entry].slice(-LOG_LENGTH_MAX) }),
};

export function withEvent(state, event) {
  return Object.hasOwn(reducers, event.type) ? reducers[event.type](state, event) : state;
}

function withView(state, view) {
  const open = state.views.some((it) => it.id === view.id);
  return {
    ...state,
    views: open ? state.views.map((it) => (it.id === view.id ? view : it)) : [...state.views, view],
  };
}

function withMessage(state, message) {
  const channel = state.messages[message.channel] ?? {};
  const messages = { ...state.messages, [message.channel]: { ...channel, [message.ts]: message } };
  const next = { ...state, messages, channels: withConversations(state.channels, [message.channel]) };
  return Object.hasOwn(channel, message.ts) || message.user === state.me ? next : withUnread(next, message);
}

function withUnread(state, message) {
  const { route } = state;
  const next = { ...state };
  const here = route.page === "channel" && route.channel === message.channel;
  if (inChannel(message) && !here)
    next.unread = { ...state.unread, [message.channel]: (state.unread[message.channel] ?? 0) + 1 };
  if (message.thread_ts && message.thread_ts !== message.ts && !(here && route.thread === message.thread_ts)) {
    next.unreadThreads = { ...state.unreadThreads, [message.thread_ts]: true };
  }
  const asked = mentioned(message).filter((id) => id !== state.me && state.users[id] && !state.users[id].is_bot);
  if (asked.length) next.asked = { ...state.asked, ...Object.fromEntries(asked.map((id) => [id, true])) };
  return next;
}

/* Ids of the people a message speaks to, from mrkdwn (`<@U…>`) and from rich text (`"user_id":"U…"`). */
const mentioned = (message) =>
  [...JSON.stringify([message.text, message.blocks]).matchAll(/<@(\w+)|"user_id":"(\w+)"/g)].map(
    (it) => it[1] ?? it[2],
  );

function withoutMessage(state, channel, ts) {
  const left = { ...state.messages[channel] };
  delete left[ts];
  return { ...state, messages: { ...state.messages, [channel]: left } };
}

/* The address after the `#`: /home, /CHANNEL, /CHANNEL/THREAD_TS or, for a reply's permalink, /CHANNEL/TS/THREAD_TS. */
export function routeOf(hash, channels) {
  const [, name, ts = null, thread = null] = decodeURIComponent(hash).split("/");
  if (name === "home") return { page: "home", channel: null, thread: null, focus: null };
  const found =
    channels.find((it) => it.id === name) ?? channels.find((it) => it.name === (name || "releases")) ?? channels[0];
  return { page: "channel", channel: found?.id ?? null, thread: thread ?? ts, focus: thread ? ts : null };
}

export function withRoute(state, route) {
  const unread = { ...state.unread };
  const unreadThreads = { ...state.unreadThreads };
  if (route.page === "channel") delete unread[route.channel];
  if (route.thread) delete unreadThreads[route.thread];
  return { ...state, route, unread, unreadThreads, drawerOpen: false };
}

const byTs = (one, other) => Number(one.ts) - Number(other.ts);
const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
const inChannel = (message) => !isReply(message) || message.subtype === "thread_broadcast";

export function channelMessages(state, channel) {
  return Object.values(state.messages[channel] ?? {})
    .filter(inChannel)
    .sort(byTs);
}

export function threadMessages(state, channel, ts) {
  return Object.values(state.messages[channel] ?? {})
    .filter((message) => message.ts === ts || message.thread_ts === ts)
    .sort(byTs);
}

/* thread ts → {count, latest, users}: counted from the replies we hold, as every client sees all of them. */
export function threadSummaries(state, channel) {
  const summaries = {};
  for (const message of Object.values(state.messages[channel] ?? {})
    .filter(isReply)
    .sort(byTs)) {
    if (message.is_ephemeral) continue;
    const summary = (summaries[message.thread_ts] ??= { count: 0, latest: null, users: [] });
    summary.count += 1;
    summary.latest = message.ts;
    const author = message.user ?? message.bot_id;
    if (!summary.users.includes(author)) summary.users.push(author);
  }
  return summaries;
}
