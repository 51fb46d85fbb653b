/* The strip at the bottom: whether the bot is connected, and, opened, what it and the workspace say to each other. */

import { clockSeconds, dateOf } from "./dates.js";
import { h, part, pinToEnd, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { dot, presence } from "./sidebar.js";
import { botName } from "./store.js";

export function createTraffic(node, app) {
  const rows = h("tbody");
  const table = h("table", rows);
  const scroller = h("div.traffic-log", { tabindex: 0, "aria-label": "Traffic" }, table);
  const pin = pinToEnd(scroller, table);
  const bar = h("button.traffic-bar", { onclick: app.toggleTraffic });
  node.append(bar, scroller);

  return (state) => {
    const { botConnected, online, log, trafficOpen, boot } = state;
    const found = `${botName(boot)} ${presence(botConnected)}`;
    const lost = "The workspace does not answer; trying again";
    bar.setAttribute("aria-expanded", String(trafficOpen));
    scroller.hidden = !trafficOpen;
    reconcile(bar, [
      part("bot", [botConnected, online], () => h("span.traffic-bot", dot(botConnected), online ? found : lost)),
      part("last", [log.at(-1)], () => h("span.traffic-last", log.length ? words(log.at(-1)) : "")),
      part("toggle", [], () => h("span.traffic-toggle", icon("pulse"), "Traffic", icon("chevron"))),
    ]);
    if (!trafficOpen) return;
    reconcile(
      rows,
      log.map((entry) => part(entry, [], () => logRow(entry))),
    );
    if (pin.atEnd) pin.toEnd();
  };
}

const timeOf = ({ at }) => clockSeconds(typeof at === "number" ? dateOf(at) : new Date(at));
const words = (entry) => [
  h("span", timeOf(entry)),
  " ",
  entry.direction,
  " ",
  h("code", entry.method),
  entry.ok === false ? ` ${entry.error ?? "failed"}` : "",
];

function logRow(entry) {
  const failed = entry.ok === false;
  return h(
    "tr",
    { class: `${entry.direction === "slack→bot" ? "inward" : "outward"} ${failed ? "failed" : ""}` },
    h("td", timeOf(entry)),
    h("td", entry.direction),
    h("td", entry.method),
    h("td", entry.channel ?? ""),
    h("td", failed ? (entry.error ?? "failed") : "ok"),
  );
}
