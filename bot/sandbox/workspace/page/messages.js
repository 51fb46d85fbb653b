/* Messages: rows of a channel or a thread, with blocks, attachments, files and the door to the thread.
 *
 * A row is drawn once and then changed in place, part by part: the release card is edited often, and an edit must
 * not take the button away from under a finger. One could forget: a row's parts look at the message only, never at
 * the time.
 */

import { showBlocks } from "./blocks.js";
import { clock, dateNode, dateOf, dayKey, dayLabel, fullTime } from "./dates.js";
import { h, part, reconcile } from "./dom.js";
import { emojiNode } from "./emoji.js";
import { formFor } from "./forms.js";
import { avatar, icon } from "./icons.js";
import { link, mrkdwn } from "./mrkdwn.js";
import { openMenu, picture } from "./overlays.js";
import { botName } from "./store.js";

const GROUP_SECONDS = 300;

/* Entries for reconcile. place: {thread: bool, summaries, unreadThreads}; app: see main.js */
export function messageEntries(state, messages, place, app) {
  const entries = [];
  let last = null;
  for (const message of messages) {
    if (!place.thread && dayKey(message.ts) !== (last && dayKey(last.ts))) entries.push(dayEntry(message.ts));
    const grouped = sameBreath(last, message) && !(place.thread && last.ts === message.thread_ts);
    const summary = place.thread ? null : place.summaries[message.ts];
    const news = Boolean(place.unreadThreads?.[message.ts]);
    entries.push(
      part(message.ts, [message, grouped, summary && `${summary.count}/${summary.latest}`, news, state.me], (row) =>
        drawRow(row ?? h("article.message"), message, { grouped, summary, news, place, state, app }),
      ),
    );
    last = message;
  }
  return entries;
}

const dayEntry = (ts) =>
  part(`day:${dayKey(ts)}`, [dayLabel(ts)], () => h("div.day", { role: "separator" }, h("span", dayLabel(ts))));

function sameBreath(last, message) {
  return Boolean(
    last &&
    authorId(last) === authorId(message) &&
    !last.is_ephemeral &&
    !message.is_ephemeral &&
    message.subtype !== "thread_broadcast" &&
    !isCard(last) &&
    !isCard(message) &&
    dayKey(last.ts) === dayKey(message.ts) &&
    Number(message.ts) - Number(last.ts) < GROUP_SECONDS,
  );
}

const authorId = (message) => (message.bot_id ? `${message.bot_id}${message.username ?? ""}` : message.user);

function authorOf(message, state) {
  const user = state.users[message.user];
  if (!message.bot_id && user && !user.is_bot) return { name: user.real_name, user, isBot: false };
  return { name: message.username ?? user?.real_name ?? botName(state.boot), user: null, isBot: true };
}

function drawRow(row, message, context) {
  const { grouped, state } = context;
  const author = authorOf(message, state);
  row.className = ["message", grouped && "grouped", message.is_ephemeral && "ephemeral", context.news && "has-news"]
    .filter(Boolean)
    .join(" ");
  row.dataset.ts = message.ts;
  reconcile(row, [
    part("gutter", [grouped, author.user?.id], () =>
      h("div.gutter", grouped ? timeOf(message) : avatar(author.user)),
    ),
    part("content", [{}], (node) => drawContent(node ?? h("div.content"), message, author, context)),
    part("tools", [message.is_ephemeral], () => tools(message, context)),
  ]);
  return row;
}

const timeOf = (message) => {
  const date = dateOf(message.ts);
  return h("time.when", { datetime: date.toISOString(), title: fullTime(date) }, clock(date));
};

function drawContent(node, message, author, context) {
  const { grouped, place, state, app, summary, news } = context;
  const parts = [];
  if (message.is_ephemeral)
    parts.push(part("private", [], () => h("div.private", icon("eye"), "Only visible to you")));
  if (message.subtype === "thread_broadcast")
    parts.push(part("broadcast", [place.thread], () => broadcastNote(message, place, app)));
  if (!grouped) parts.push(part("meta", [author.name], () => meta(message, author)));
  parts.push(part("body", [{}], (old) => drawBody(old ?? h("div"), message, state, app)));
  if (message.reactions?.length)
    parts.push(part("reactions", [JSON.stringify(message.reactions)], () => reactions(message.reactions, app)));
  if (message.edited && !isCard(message)) parts.push(part("edited", [message.edited.ts], () => edited(message)));
  if (summary)
    parts.push(
      part("replies", [summary.count, summary.latest, news], () => repliesBar(message, summary, state, app)),
    );
  reconcile(node, parts);
  return node;
}

const meta = (message, author) =>
  h("div.meta", h("strong", author.name), author.isBot ? h("span.tag", "app") : null, timeOf(message));

const edited = (message) =>
  h("span.edited", { title: message.edited.ts ? fullTime(dateOf(message.edited.ts)) : null }, "(edited)");

/* A message that begins with a header is a card: framed, and so often edited that saying so would be noise. */
const isCard = (message) => message.blocks?.[0]?.type === "header";

function drawBody(node, message, state, app) {
  const surface = messageSurface(message, state, app);
  const growth = { in_progress: "growing", errored: "broken" }[message.streaming_state];
  node.className = ["body", isCard(message) && "card", growth].filter(Boolean).join(" ");
  const parts = [];
  if (message.blocks?.length)
    parts.push(part("blocks", [{}], (old) => shown(old ?? h("div.blocks"), message.blocks, surface)));
  else if (message.text)
    parts.push(part("text", [message.text], () => h("div.text", mrkdwn(message.text, app.names)), message.text));
  if (growth === "broken")
    parts.push(part("broken", [], () => h("div.broken-off", "This answer was not brought to its end.")));
  (message.attachments ?? []).forEach((it, i) =>
    parts.push(part(`attachment:${i}`, [JSON.stringify(it)], () => attachment(it, surface))),
  );
  (message.files ?? []).forEach((it) => parts.push(part(`file:${it.id}`, [it.url_private], () => file(it))));
  reconcile(node, parts);
  return node;
}

function shown(container, blocks, surface) {
  showBlocks(container, blocks, surface);
  return container;
}

function messageSurface(message, state, app) {
  return {
    kind: "message",
    grows: message.streaming_state === "in_progress", // a text that is being written does not glow at every word
    me: state.me,
    names: app.names,
    form: formFor(`${message.channel}/${message.ts}`),
    people: app.people(),
    channels: state.channels,
    act: (action) =>
      app.send(
        "/client/action",
        { channel: message.channel, message_ts: message.ts, action },
        "The button was pressed, but nothing happened.",
      ),
  };
}

const BAR_COLORS = { good: "#2f9e63", warning: "#eba834", danger: "#d3453d" };

function attachment(it, surface) {
  const color = BAR_COLORS[it.color] ?? (it.color ? `#${it.color.replace("#", "")}` : null);
  const blocks = h("div.blocks");
  if (it.blocks) showBlocks(blocks, it.blocks, surface);
  const words = (text) => h("div.text", mrkdwn(text, surface.names));
  const field = ({ title, value, short }) =>
    h("div", { class: short ? "short" : "" }, h("strong", title), words(value ?? ""));
  return h(
    "div.attachment-frame",
    it.pretext ? words(it.pretext) : null,
    h(
      "div.attachment",
      { style: color ? { "--bar": color } : {} },
      it.author_name ? h("div.attachment-author", it.author_name) : null,
      it.title ? h("div.attachment-title", it.title_link ? link(it.title_link, it.title) : it.title) : null,
      it.text ? words(it.text) : null,
      it.fields?.length ? h("div.fields", it.fields.map(field)) : null,
      blocks,
      it.image_url ? h("img", { src: it.image_url, alt: it.fallback ?? "" }) : null,
      it.footer
        ? h(
            "div.attachment-footer",
            it.footer,
            it.ts ? [" · ", dateNode(it.ts, "{date_short_pretty} {time}", "")] : null,
          )
        : null,
    ),
  );
}

function file(it) {
  const name = it.title || it.name;
  const frame = { href: it.url_private, target: "_blank", rel: "noopener" };
  if (it.mimetype?.startsWith("image/")) {
    return h("figure.file", h("figcaption", name), picture(it.url_private, it.alt_txt ?? name, name));
  }
  return h(
    "a.file-tile",
    frame,
    icon("file"),
    h("span", h("strong", name), h("small", it.pretty_type ?? it.filetype ?? it.mimetype ?? "file")),
  );
}

const reactions = (list, app) =>
  h(
    "div.reactions",
    list.map((it) =>
      h("span.reaction", { title: it.users.map(app.names.user).join(", ") }, emojiNode(it.name), String(it.count)),
    ),
  );

function broadcastNote(message, place, app) {
  if (place.thread) return h("div.broadcast", "Also sent to the channel");
  const open = () => app.openThread(message.thread_ts);
  return h("div.broadcast", "replied to ", h("button.quiet", { onclick: open }, "a thread"));
}

function repliesBar(message, summary, state, app) {
  const faces = summary.users.slice(0, 3).map((id) => avatar(state.users[id], "small"));
  const count = summary.count === 1 ? "1 reply" : `${summary.count} replies`;
  return h(
    "button.replies",
    { onclick: () => app.openThread(message.ts) },
    h("span.faces", faces),
    h("strong", count),
    h("span.last", "last reply ", dateNode(summary.latest, "{ago}", "")),
    h("span.go", { "aria-hidden": "true" }, "View thread ›"),
  );
}

function tools(message, { place, app }) {
  if (message.is_ephemeral) {
    const dismiss = () => app.dismiss(message);
    return h("div.tools", h("button", { onclick: dismiss }, icon("close"), "Dismiss"));
  }
  const reply = () => app.openThread(message.thread_ts ?? message.ts);
  const replying = place.thread
    ? null
    : h("button", { title: "Reply in thread", onclick: reply }, icon("thread"), "Reply");
  const more = moreActions(message, app);
  return h(replying || more ? "div.tools" : "div.tools.empty", replying, more);
}

/* The message's menu, with the app's shortcuts for messages. */
function moreActions(message, app) {
  const items = app.shortcuts("message").map((it) => ({
    label: it.name,
    choose: () => app.take(it, { channel: message.channel, message_ts: message.ts }),
  }));
  const node = h(
    "button.more-actions",
    { "aria-label": "More actions", "aria-haspopup": "menu", onclick: () => openMenu(node, items) },
    h("span", { "aria-hidden": "true" }, "•••"),
  );
  return items.length ? node : null;
}
