/* The page's own line icons (16 × 16), the buttons that are nothing but one, and people's avatars. */

import { h, svg } from "./dom.js";

const PATHS = {
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M9.5 3.5L5 8l4.5 4.5",
  thread: "M3 3.5h10v7H7.5L4.5 13v-2.5H3z",
  send: "M2.5 2.8l11 5.2-11 5.2 1.6-5.2zM4.1 8h4.4",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  chevron: "M4.5 6.5L8 10l3.5-3.5",
  bolt: "M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z",
  pulse: "M1.5 8h3l2-4.5 3 9 2-4.5h3",
  down: "M8 3v9M4.5 8.5L8 12l3.5-3.5",
  file: "M4 1.8h5.5L12.5 5v9.2h-8.5zM9.3 1.8V5.2h3.2",
};

export function icon(name) {
  return svg("svg.icon", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}

export function iconButton(name, label, press, more = "") {
  const properties = { class: `icon-button ${more}`, "aria-label": label, onclick: press };
  return h("button", properties, icon(name));
}

export const menuButton = (app) => iconButton("menu", "Menu", () => app.openDrawer(true), "menu-button");

const COLORS = ["#c0653a", "#3f7d8c", "#7a6bb0", "#8a7a2f", "#b0557a", "#4c8557", "#5a77ad"];

export function avatar(user, size = "medium") {
  const frame = { class: `avatar avatar-${size}`, "aria-hidden": "true" };
  if (!user || user.is_bot)
    return h(
      "span",
      { ...frame, class: `${frame.class} avatar-bot` },
      h("img", { src: "/static/songbird.svg", alt: "" }),
    );
  return h("span", { ...frame, style: { background: colorOf(user) } }, initials(user.real_name ?? user.name));
}

function colorOf(user) {
  if (user.color) return user.color.startsWith("#") ? user.color : `#${user.color}`;
  return COLORS[[...user.id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLORS.length];
}

const initials = (name) =>
  name
    .split(/[\s.]+/)
    .filter(Boolean)
    .map((word) => word[0].toUpperCase())
    .filter((_, i, all) => i === 0 || i === all.length - 1)
    .join("");
