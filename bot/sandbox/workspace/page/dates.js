/* Slack's date tokens, `<!date^SECONDS^{date_short_pretty} at {time}|fallback>`, and the page's own times.
 *
 * `{ago}` keeps ticking: its <time> elements carry data-format and are rewritten by `tick`, with no message re-
 * rendered.
 */

import { h } from "./dom.js";

const LOCALE = navigator.language.startsWith("en") ? navigator.language : "en-GB";
const AGO_STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const format = (date, options) => new Intl.DateTimeFormat(LOCALE, options).format(date);
const dayOf = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const clock = (date) => format(date, { hour: "numeric", minute: "2-digit" });
export const clockSeconds = (date) =>
  format(date, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
export const fullTime = (date) => format(date, { dateStyle: "full", timeStyle: "medium" });

function ordinal(day) {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  return day + (teens ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th"));
}

function longDate(date) {
  return `${format(date, { month: "long" })} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
}

const shortDate = (date) => format(date, { month: "short", day: "numeric", year: "numeric" });

/* "today", "yesterday" and "tomorrow" where there is such a word, else the date in full. */
function pretty(date, now, otherwise) {
  const days = Math.round((dayOf(date) - dayOf(now)) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? otherwise(date);
}

export function ago(date, now = new Date()) {
  const seconds = Math.round((date - now) / 1000);
  if (Math.abs(seconds) < 3) return "just now";
  const [unit, length] = AGO_STEPS.find(([, length_seconds]) => Math.abs(seconds) >= length_seconds);
  return new Intl.RelativeTimeFormat("en").format(Math.trunc(seconds / length), unit);
}

const TOKENS = {
  date_num: (date) =>
    `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`,
  date: longDate,
  date_short: shortDate,
  date_long: (date) => `${format(date, { weekday: "long" })}, ${longDate(date)}`,
  date_pretty: (date, now) => pretty(date, now, longDate),
  date_short_pretty: (date, now) => pretty(date, now, shortDate),
  date_long_pretty: (date, now) => pretty(date, now, TOKENS.date_long),
  day_divider_pretty: (date, now) =>
    capital(pretty(date, now, (it) => `${format(it, { weekday: "long" })}, ${longDate(it)}`)),
  time: clock,
  time_secs: (date) => format(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date, now) => ago(date, now),
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function formatDate(seconds, pattern, now = new Date()) {
  const date = dateOf(seconds);
  const filled = pattern.replace(/\{(\w+)\}/g, (token, name) =>
    Object.hasOwn(TOKENS, name) ? TOKENS[name](date, now) : token,
  );
  return /^\{\w+_pretty\}/.test(pattern) ? capital(filled) : filled;
}

export function dateNode(seconds, pattern, fallback) {
  const date = dateOf(seconds);
  if (Number.isNaN(date.getTime())) return h("span", fallback);
  const data = pattern.includes("{ago}") ? { format: pattern, seconds: String(seconds) } : {};
  return h("time", { datetime: date.toISOString(), title: fullTime(date), data }, formatDate(seconds, pattern));
}

export function tick() {
  for (const node of document.querySelectorAll("time[data-format]")) {
    const text = formatDate(node.dataset.seconds, node.dataset.format);
    if (node.textContent !== text) node.textContent = text;
  }
}

export const dayLabel = (ts) => formatDate(ts, "{day_divider_pretty}");
export const dayKey = (ts) => String(dayOf(dateOf(ts)));
