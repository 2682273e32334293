// Menus, lists to choose from, and dialogs: opened over the page, closed by Escape or a press beside.

import { el, icon, ICONS } from "./dom.js";
import { t } from "./words.js";

const GAP = 6;

let closeOpen = () => {};

/**
 * Open a popup beside an anchor, which is an element or a point; returns what closes it.
 * What it holds is filled in before, so that its size is known.
 *
 * It is a manual popover: an automatic one, opened while a button or a finger is down, is closed
 * by the release of that same press.
 */
export function popup(content, anchor, { onclose = () => {}, wide = false } = {}) {
  const before = document.activeElement;
  content.classList.add("popup");
  content.setAttribute("popover", "manual");
  const host = (anchor instanceof Element && anchor.closest("dialog")) || document.body;
  host.append(content);
  content.showPopover();
  place(content, anchor, wide);
  const close = () => content.isConnected && content.hidePopover();
  closeOpen();
  closeOpen = close;
  const listening = new AbortController();
  const { signal } = listening;
  const beside = ({ target }) => content.contains(target) || close();
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // or a dialog below it is closed too
    event.stopPropagation();
    close();
  };
  document.addEventListener("pointerdown", beside, { capture: true, signal });
  document.addEventListener("keydown", escape, { capture: true, signal });
  // A phone's keyboard and new messages move the anchor: the popup goes with it.
  const follow = ({ target }) => {
    const inside = target instanceof Node && content.contains(target);
    if (inside || (anchor instanceof Element && !anchor.isConnected)) return;
    place(content, anchor, wide);
  };
  window.addEventListener("resize", follow, { signal });
  document.addEventListener("scroll", follow, { capture: true, passive: true, signal });
  content.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    const returns =
      content.contains(document.activeElement) || document.activeElement === document.body;
    content.remove();
    listening.abort();
    if (returns && before?.isConnected) before.focus();
    onclose();
  });
  return close;
}

function place(content, anchor, wide) {
  content.style.maxHeight = "none";
  const spot =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y, width: 0 };
  if (wide) content.style.width = `${Math.min(Math.max(spot.width, 220), innerWidth - 2 * GAP)}px`;
  const size = content.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(spot.left, innerWidth - size.width - GAP));
  const below = innerHeight - spot.bottom - GAP;
  const fitsBelow = size.height <= below || below >= spot.top;
  const height = Math.min(size.height, fitsBelow ? below : spot.top - GAP);
  content.style.left = `${left}px`;
  content.style.top = `${fitsBelow ? spot.bottom + 2 : Math.max(GAP, spot.top - height - 2)}px`;
  content.style.maxHeight = `${Math.max(height, 80)}px`;
}

/**
 * Open a menu. Items are `{ label, path, act, danger, items, checked }`; `items` open in its place.
 */
export function menu(label, items, anchor) {
  const list = el("div", { role: "menu", class: "menu", "aria-label": label });
  let close = () => {};
  const fill = (shown, back) => {
    const entries = back
      ? [{ label: t("Back"), path: ICONS.left, stays: true, act: back }, ...shown]
      : shown;
    list.replaceChildren(
      ...entries.map((item) =>
        el(
          "button",
          {
            type: "button",
            role: item.checked === undefined ? "menuitem" : "menuitemradio",
            "aria-checked": item.checked === undefined ? null : String(item.checked),
            "aria-haspopup": item.items ? "menu" : null,
            class: item.danger ? "danger" : "",
            tabindex: -1,
            on: {
              click: () => {
                if (item.items) return fill(item.items, () => fill(shown, back));
                if (!item.stays) close();
                item.act();
              },
            },
          },
          el("span", {}, el("span", {}, item.label), item.note ? el("small", {}, item.note) : null),
          item.path || item.items ? icon(item.path ?? ICONS.right) : null,
        ),
      ),
    );
    if (list.isConnected) place(list, anchor, false);
    focusFirst(list, back);
  };
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.children];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) buttons[(to + buttons.length) % buttons.length].focus();
    else if (event.key === "ArrowRight" && buttons[at]?.ariaHasPopup) buttons[at].click();
    else if (event.key === "ArrowLeft" && buttons[0].textContent === t("Back")) buttons[0].click();
    else if (event.key === "Tab") close();
    else return;
    event.preventDefault();
  });
  fill(items, null);
  close = popup(list, anchor);
  focusFirst(list, null);
  return close;
}

function focusFirst(list, back) {
  const chosen = list.querySelector('[aria-checked="true"]') ?? list.children[back ? 1 : 0];
  chosen?.focus();
}

/** Make the options of a list box, `{ name, note, value }`, with ids to point at. */
export function optionNodes(choices, prefix, chosen = new Set()) {
  return choices.map((choice, index) =>
    el(
      "div",
      {
        role: "option",
        id: `${prefix}-${index}`,
        class: "option",
        "aria-selected": String(chosen.has(choice.value)),
      },
      el("span", { class: "option-name" }, choice.name),
      choice.note ? el("small", {}, choice.note) : null,
    ),
  );
}

let selects = 0;

/**
 * Make a select: a button that opens a list. Choices are `{ name, note, value, chosen }`.
 * `onpick` gets the values when the list closes with others than before.
 */
export function select({
  label,
  placeholder,
  choices,
  low = 1,
  high = 1,
  disabled = false,
  onpick,
  shows = true,
}) {
  selects += 1;
  const prefix = `select-${selects}`;
  let picked = new Set(choices.filter(({ chosen }) => chosen).map(({ value }) => value));
  const face = el("span", { class: "select-face" });
  const button = el(
    "button",
    {
      type: "button",
      class: "select",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-label": label,
      disabled,
    },
    face,
    icon(ICONS.down),
  );
  const show = () => {
    const names = choices.filter(({ value }) => shows && picked.has(value)).map(({ name }) => name);
    face.textContent = names.join(", ") || placeholder || t("Make a selection");
    face.classList.toggle("placeholder", !names.length);
  };
  const open = () => {
    button.setAttribute("aria-expanded", "true");
    const before = [...picked].join("\n");
    const several = high > 1;
    const done = () => {
      button.setAttribute("aria-expanded", "false");
      show();
      const enough = picked.size >= low && picked.size <= high;
      if (enough && [...picked].join("\n") !== before) onpick([...picked]);
      else if (!enough) picked = new Set(before ? before.split("\n") : []);
    };
    const toggle = (value) => {
      if (several && picked.has(value)) picked.delete(value);
      else if (several && picked.size < high) picked.add(value);
      else if (!several) picked = new Set(low === 0 && picked.has(value) ? [] : [value]);
    };
    openList({ prefix, button, choices, picked: () => picked, toggle, several, done });
  };
  button.addEventListener("click", open);
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  });
  show();
  return button;
}

function openList({ prefix, button, choices, picked, toggle, several, done }) {
  const list = el("div", {
    role: "listbox",
    class: "listbox",
    tabindex: 0,
    "aria-multiselectable": several ? "true" : null,
    "aria-label": button.getAttribute("aria-label"),
  });
  let at = Math.max(
    0,
    choices.findIndex(({ value }) => picked().has(value)),
  );
  let typed = "";
  let typedAt = 0;
  const draw = () => {
    const nodes = optionNodes(choices, prefix, picked());
    nodes.forEach((node, index) => node.addEventListener("click", () => choose(index)));
    nodes[at]?.classList.add("active");
    list.replaceChildren(...nodes);
    list.setAttribute("aria-activedescendant", `${prefix}-${at}`);
    nodes[at]?.scrollIntoView({ block: "nearest" });
  };
  const choose = (index) => {
    at = index;
    toggle(choices[index].value);
    if (several) draw();
    else close();
  };
  list.addEventListener("keydown", (event) => {
    const last = choices.length - 1;
    const to = {
      ArrowDown: Math.min(at + 1, last),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) at = to;
    else if (event.key === "Enter" || event.key === " ") choose(at);
    else if (event.key === "Tab") close();
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      typed = event.timeStamp - typedAt < 700 ? typed + event.key : event.key;
      typedAt = event.timeStamp;
      const found = choices.findIndex(({ name }) =>
        name.toLowerCase().startsWith(typed.toLowerCase()),
      );
      if (found >= 0) at = found;
    } else return;
    event.preventDefault();
    if (list.isConnected) draw();
  });
  draw();
  const close = popup(list, button, { wide: true, onclose: done });
  list.children[at]?.scrollIntoView({ block: "nearest" });
  list.focus();
}

/** Open a dialog with a heading; returns the element, which `close` removes. */
export function dialog(title, attributes, ...children) {
  const before = document.activeElement;
  const node = el("dialog", { "aria-label": title, ...attributes }, ...children);
  node.addEventListener("close", () => {
    node.remove();
    if (before?.isConnected) before.focus();
  });
  // A click beside it, on the backdrop, closes it.
  node.addEventListener("pointerdown", (event) => {
    if (event.target !== node) return;
    const box = node.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside && node.mayClose()) node.close();
  });
  node.mayClose = () => true;
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !node.mayClose()) event.preventDefault();
  });
  document.body.append(node);
  node.showModal();
  return node;
}
