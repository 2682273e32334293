// What can be done with a message: the buttons at it, and its menu.

import { textsOf } from "./components.js";
import { el, iconButton, ICONS, notice } from "./dom.js";
import { menu } from "./popup.js";
import { commandsIn, here, localized, me } from "./state.js";
import { t } from "./words.js";

const MESSAGE_COMMAND = 3;
const LONG_PRESS_MS = 500;

/** Draw the buttons that appear at a message. */
export function tools(message, todo) {
  const more = iconButton(
    t("More"),
    ICONS.more,
    (event) => openMenu(event.currentTarget, message, todo),
    { "aria-haspopup": "menu" },
  );
  const reply = message.private
    ? null
    : iconButton(t("Reply"), ICONS.reply, () => todo.reply(message));
  return el("div", { class: "tools" }, here()?.may_send ? reply : null, more);
}

function openMenu(anchor, message, todo) {
  const apps = commandsIn(here(), MESSAGE_COMMAND).map((command) => ({
    label: localized(command, "name"),
    note: "Fluxcord",
    act: () => todo.useMenu(message, command),
  }));
  const mine = message.author.id === me().id;
  const items = [
    !message.private && here()?.may_send
      ? { label: t("Reply"), path: ICONS.reply, act: () => todo.reply(message) }
      : null,
    apps.length ? { label: t("Apps"), path: ICONS.apps, items: apps } : null,
    {
      label: t("Copy text"),
      path: ICONS.copy,
      act: () => copy(textsOf(message).join("\n"), t("Text copied")),
    },
    { label: t("Copy message id"), path: ICONS.copy, act: () => copy(message.id, t("Id copied")) },
    message.private
      ? { label: t("Dismiss message"), path: ICONS.close, act: () => todo.remove(message) }
      : null,
    !message.private && (mine || here()?.may_delete)
      ? { label: t("Delete message"), path: ICONS.bin, danger: true, act: () => todo.remove(message) }
      : null,
  ];
  menu(t("Message"), items.filter(Boolean), anchor);
}

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    notice(done);
  } catch {
    notice(t("The browser does not let this page copy: {text}", { text }), "bad");
  }
}

/** Open the menu by a right-click, its key, or a long press. */
export function listenForMenu(node, message, todo) {
  let timer = null;
  let held = false;
  node.addEventListener("contextmenu", (event) => {
    // A link or words that are marked have the browser's own menu.
    const marked = getSelection();
    const isMarked = !marked.isCollapsed && marked.containsNode(node, true);
    if (event.target.closest("a") || isMarked) return;
    event.preventDefault();
    clearTimeout(timer);
    if (held) return;
    const keyboard = event.clientX === 0 && event.clientY === 0;
    openMenu(
      keyboard ? node.querySelector("article") : { x: event.clientX, y: event.clientY },
      message,
      todo,
    );
  });
  node.addEventListener(
    "touchstart",
    ({ touches: [touch] }) => {
      held = false;
      timer = setTimeout(() => {
        held = true;
        openMenu({ x: touch.clientX, y: touch.clientY }, message, todo);
      }, LONG_PRESS_MS);
    },
    { passive: true },
  );
  for (const kind of ["touchmove", "touchcancel"]) {
    node.addEventListener(kind, () => clearTimeout(timer), { passive: true });
  }
  node.addEventListener("touchend", (event) => {
    clearTimeout(timer);
    // The press that opened the menu does not also press the button below the finger.
    if (held) event.preventDefault();
    held = false;
  });
}
