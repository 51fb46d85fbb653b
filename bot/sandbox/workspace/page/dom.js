/* Elements and keyed reconciliation: the only file that creates or replaces DOM nodes in bulk.
 *
 * `h` and `svg` build nodes; whatever is not a node becomes a text node, so nothing from outside is ever parsed as
 * HTML. `reconcile` keeps a container's children in step with a list of entries (see `part`): an entry
 * whose `deps` are unchanged keeps its node untouched (with its focus, scroll and half-pressed button); a changed
 * one is drawn again, and `draw(previous)` may return the previous node after changing it in place.
 *
 * One could forget: `deps` are compared with Object.is, so pass primitives or objects that are replaced when they
 * change.
 */

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/* h("button.chip", { title: "…", onclick: press }, child, …): classes after the tag, properties if there are any. */
export const h = (tag, ...rest) => furnish(tag, (name) => document.createElement(name), rest);
export const svg = (tag, ...rest) => furnish(tag, (name) => document.createElementNS(SVG_NAMESPACE, name), rest);

function furnish(tag, create, rest) {
  const [name, ...classes] = tag.split(".");
  const [properties, ...children] = rest[0]?.constructor === Object ? rest : [{}, ...rest];
  const node = create(name);
  if (classes.length) node.classList.add(...classes);
  if (name === "button") node.type = "button";
  for (const [property, value] of Object.entries(properties)) setProperty(node, property, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProperty(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function")
    node.addEventListener(name.slice(2), value); // onclick, oninput, …
  else if (name === "class") node.classList.add(...value.split(" ").filter(Boolean));
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "style") Object.entries(value).forEach(([rule, it]) => node.style.setProperty(rule, it));
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/* One entry of a list to reconcile. `mark`: when it differs from before, the new node glows for a moment. */
export const part = (key, deps, draw, mark) => ({ key, deps, draw, mark });

const kept = new WeakMap(); // container → Map(key → {node, deps, mark})

export function reconcile(container, entries) {
  const before = kept.get(container) ?? new Map();
  const after = new Map();
  const focused = focusedElement(container);
  for (const entry of entries) {
    const old = before.get(entry.key);
    const same =
      old && old.deps.length === entry.deps.length && entry.deps.every((it, i) => Object.is(it, old.deps[i]));
    const node = same ? old.node : entry.draw(old?.node);
    if (!same && entry.mark !== undefined && before.size > 0 && old?.mark !== entry.mark) glow(node);
    after.set(entry.key, { node, deps: entry.deps, mark: entry.mark });
  }
  arrange(
    container,
    [...after.values()].map((it) => it.node),
  );
  kept.set(container, after);
  if (focused && !document.contains(focused.node)) {
    container.querySelector(`[data-element="${CSS.escape(focused.name)}"]`)?.focus({ preventScroll: true });
  }
}

function arrange(container, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...container.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = container.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(node, cursor);
  }
}

/* Which interactive element inside the container has the focus: it gets it back if an edit replaces its node. */
function focusedElement(container) {
  const node = document.activeElement;
  return container.contains(node) && node.dataset?.element ? { node, name: node.dataset.element } : null;
}

/* A moment of colour on what an edit has changed. */
export function glow(node) {
  node.classList.add("changed");
  node.addEventListener("animationend", (event) => event.target === node && node.classList.remove("changed"));
}

/* Keeps a scrolled list at its end while it grows, unless the reader has scrolled away from there. */
export function pinToEnd(scroller, content, onChange = () => {}) {
  const slack_pixels = 48;
  const pin = { atEnd: true, toEnd };
  let top = 0;
  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    top = scroller.scrollTop;
    pin.atEnd = true;
    onChange(true);
  }
  scroller.addEventListener("scroll", () => {
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < slack_pixels;
    const up = scroller.scrollTop < top;
    top = scroller.scrollTop;
    pin.atEnd = near || (pin.atEnd && !up); // growth alone, as when a picture arrives, is not leaving
    onChange(pin.atEnd);
  });
  const observer = new ResizeObserver(() => pin.atEnd && toEnd());
  observer.observe(content);
  observer.observe(scroller);
  return pin;
}
