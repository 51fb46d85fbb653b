// Marks an element of the page for a picture: a ring around it, its number, and the caption beside it, never on it.
// The rest of the page steps back a little. Everything hangs on one element with a closed shadow, so the page's own
// styles do not reach it, and it takes no clicks. To forget: the page is a stranger's; nothing it says comes back.
(element, { number, caption }) => {
  const RING = "#e8590c";
  const INK = "#12302f";
  const FONT = '"DejaVu Sans", "Helvetica Neue", sans-serif';
  const gap = 8;

  document.querySelectorAll("songbird-mark").forEach((old) => old.remove());
  element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });

  const width = document.documentElement.clientWidth;
  const height = window.innerHeight;
  const size = Math.round(Math.min(26, Math.max(17, width / 42)));
  const styled = (tag, style, text = "") => {
    const made = document.createElement(tag);
    Object.assign(made.style, style);
    made.textContent = text;
    return made;
  };

  const host = styled("songbird-mark", {
    all: "initial", position: "fixed", inset: "0", width: "auto", height: "auto", margin: "0", padding: "0",
    border: "none", background: "none", overflow: "hidden", pointerEvents: "none", zIndex: "2147483647",
  });
  const shadow = host.attachShadow({ mode: "closed" });

  const found = element.getBoundingClientRect();
  const left = Math.max(4, found.left - gap);
  const top = Math.max(4, found.top - gap);
  const right = Math.min(width - 4, found.right + gap);
  const bottom = Math.min(height - 4, found.bottom + gap);
  shadow.append(styled("div", {
    position: "absolute", boxSizing: "border-box", left: `${left}px`, top: `${top}px`,
    width: `${right - left}px`, height: `${bottom - top}px`, border: `4px solid ${RING}`, borderRadius: "10px",
    boxShadow: "0 0 0 3px #fff, 0 0 0 9999px rgba(10, 28, 30, .3)",
  }));

  const label = styled("div", {
    position: "absolute", boxSizing: "border-box", display: "flex", alignItems: "center", gap: `${size * 0.6}px`,
    width: "max-content", maxWidth: `${Math.min(width - 24, size * 34)}px`, padding: `${size * 0.45}px ${size * 0.8}px`,
    paddingLeft: `${size * 0.45}px`, color: "#fff", background: INK, border: "2px solid #fff", borderRadius: "14px",
    boxShadow: "0 3px 10px rgba(0, 0, 0, .35)", font: `600 ${size}px/1.3 ${FONT}`,
    overflowWrap: "anywhere",
  });
  const badge = (more) => styled("span", {
    flex: "none", width: `${size * 1.7}px`, height: `${size * 1.7}px`, borderRadius: "50%", background: RING,
    color: "#fff", textAlign: "center", font: `700 ${size * 1.05}px/${size * 1.7}px ${FONT}`, ...more,
  }, String(number));
  label.append(badge({}), styled("span", {}, caption));
  shadow.append(label);
  document.documentElement.append(host);
  if (host.showPopover) {
    host.popover = "manual";
    host.showPopover(); // above dialogs too
  }

  // Beside the element, where the caption covers least of what can be read; farther away where that is needed.
  const box = label.getBoundingClientRect();
  const readable = [...document.querySelectorAll("body *")].slice(0, 3000)
    .filter((each) => /^(BUTTON|INPUT|SELECT|TEXTAREA|IMG|SVG|CANVAS|VIDEO)$/i.test(each.tagName)
      || [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim()))
    .map((each) => each.getBoundingClientRect())
    .filter((rect) => rect.bottom > 0 && rect.top < height && rect.width * rect.height > 0);
  const overlap = (x, y, rect) =>
    Math.max(0, Math.min(x + box.width + 6, rect.right) - Math.max(x - 6, rect.left)) *
    Math.max(0, Math.min(y + box.height + 6, rect.bottom) - Math.max(y - 6, rect.top));
  const distance = (x, y) =>
    Math.max(0, left - x - box.width, x - right) + Math.max(0, top - y - box.height, y - bottom);
  const cost = ([x, y]) =>
    readable.reduce((sum, rect) => sum + overlap(x, y, rect), 0) + 20 * distance(x, y) +
    1000 * overlap(x, y, { left, top, right, bottom });
  const within = (value, most) => Math.min(Math.max(12, value), Math.max(12, most - 12));
  const across = [left, (left + right - box.width) / 2, right - box.width, 0, width - box.width];
  const down = [top, (top + bottom - box.height) / 2, bottom - box.height];
  const away = gap + 6;
  const places = [
    ...across.flatMap((x) => [[x, bottom + away], [x, top - away - box.height], [x, height - box.height]]),
    ...down.flatMap((y) => [[right + away, y], [left - away - box.width, y]]),
  ].map(([x, y]) => [within(x, width - box.width), within(y, height - box.height)]);
  const [x, y] = places.reduce((best, place) => (cost(place) < cost(best) ? place : best));
  label.style.left = `${x}px`;
  label.style.top = `${y}px`;

  if (distance(x, y) > 3 * away) {
    shadow.append(badge({ position: "absolute", left: `${within(left - size, width - size * 1.7)}px`,
      top: `${within(top - size, height - size * 1.7)}px`, outline: "2px solid #fff" }));
  }
}
