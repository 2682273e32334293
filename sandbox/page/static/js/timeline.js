// The messages of a channel: a window of at most so many, that moves as one scrolls.

import { compareIds, dots, el, icon, ICONS, notice } from "./dom.js";
import { beginning } from "./beginning.js";
import { messageNode, useComponent } from "./message.js";
import { openModal } from "./modal.js";
import { act, look, Refused, shown } from "./net.js";
import { failPending, pendingNode } from "./pending.js";
import { Roving } from "./roving.js";
import { localized, said, state } from "./state.js";
import { t } from "./words.js";

const MOST = 150;
const NEAR_PX = 400;
const TOGETHER_MS = 7 * 60 * 1000;
// Where nothing hovers, a message's menu has its place beside the author's name.
const hovers = matchMedia("(hover: hover)");

const GALLERY = 12;

function hasGallery(components) {
  return components.some(
    (part) => part.type === GALLERY || (part.components && hasGallery(part.components)),
  );
}

export class Timeline {
  #list = el("ol", {
    id: "messages",
    role: "log",
    "aria-label": t("Messages"),
    "aria-live": "polite",
  });
  #roving = new Roving(this.#list);
  #start = el("div", { id: "start" });
  #scroller;
  #present = el(
    "button",
    { type: "button", id: "present", hidden: true, on: { click: () => this.open() } },
    el("span", {}),
    icon(ICONS.down),
  );
  #unseen = 0;
  #typing = el("p", { id: "typing", "aria-live": "polite" });
  #messages = [];
  #older = false;
  #newer = false;
  #loading = false;
  #pinned = true;
  #opened = 0;
  // What is told while a page of messages is on its way, which may lack it; null at other times.
  #meanwhile = null;
  #typingTimer = null;

  constructor(host, { reply }) {
    this.todo = {
      reply,
      remove: (message) => this.#remove(message),
      redraw: (id) => this.#redraw(id),
      useOf: (message) => (name, part, more, node) =>
        useComponent(name, message, part, more, node, (id) => this.#redraw(id)),
      useMenu: (message, command) => this.#useMenu(message, command),
    };
    this.#scroller = el("div", { id: "scroller", tabindex: -1 }, this.#start, this.#list);
    host.append(this.#scroller, this.#present, this.#typing);
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#stick()).observe(this.#list);
    new ResizeObserver(() => this.#stick()).observe(this.#scroller);
  }

  /** Show the newest messages of the channel, or those from one on. */
  async open(at = null) {
    this.#opened += 1;
    const opened = this.#opened;
    this.#meanwhile = [];
    const page = await shown(this.#read(at ? { after: String(BigInt(at) - 1n) } : {}));
    if (opened !== this.#opened) return;
    const meanwhile = this.#meanwhile;
    this.#meanwhile = null;
    if (!page) return;
    this.#messages = page.messages;
    [this.#older, this.#newer] = [page.older, page.newer];
    this.#pinned = !at;
    this.#unseen = 0;
    this.#showTyping(null);
    this.#draw();
    if (at) this.#point(at);
    else this.#scroller.scrollTop = this.#scroller.scrollHeight;
    for (const [id, message] of meanwhile) this.told(id, message);
  }

  /** Take in that a message came, changed, or is gone (null). */
  told(id, message) {
    this.#meanwhile?.push([id, message]);
    const at = this.#messages.findIndex((each) => each.id === id);
    if (message && !message.thinking && message.author.bot) this.#showTyping(null);
    if (!message) {
      if (at < 0) return;
      this.#messages.splice(at, 1);
      this.#nodeOf(id)?.remove();
      this.#regroup();
      return;
    }
    if (at >= 0) {
      this.#messages[at] = message;
      this.#redraw(id);
      return;
    }
    const first = this.#messages[0];
    const last = this.#messages.at(-1);
    if (this.#older && first && compareIds(id, first.id) < 0) return;
    if (this.#newer && last && compareIds(id, last.id) > 0) {
      if (message.author.id === state.scene.person) return this.open();
      this.#unseen += 1;
      this.#showPresent();
      return;
    }
    const isNewest = !last || compareIds(id, last.id) > 0;
    if (message.author.id === state.scene.person) this.#pinned = true;
    else if (isNewest && !this.#pinned) this.#unseen += 1;
    this.#insert(message);
    this.#showPresent();
  }

  /** The newest image of the bot that everybody sees, to reply to. */
  newestImage() {
    return this.#messages.findLast(
      (message) => message.author.bot && !message.private && hasGallery(message.components),
    );
  }

  /** Show for some seconds that the bot is typing. */
  typing(name, seconds) {
    this.#showTyping(name);
    this.#typingTimer = setTimeout(() => this.#showTyping(null), seconds * 1000);
  }

  /** Show something that is under way at the end; returns the node. */
  pending(node) {
    this.#list.append(node);
    this.#pinned = true;
    this.#stick();
    if (this.#newer) this.open().then(() => this.#list.append(node));
    return node;
  }

  /** Move to a message, loading where it stands if need be. */
  async jump(id) {
    if (!this.#nodeOf(id)) await this.open(id);
    if (!this.#point(id)) notice(t("This message was deleted."), "bad");
  }

  focusLast() {
    this.#roving.focusLast();
  }

  #showTyping(name) {
    clearTimeout(this.#typingTimer);
    this.#typing.replaceChildren(...(name ? [dots(), el("strong", {}, name), t(" is typing…")] : []));
  }

  #nodeOf(id) {
    return this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  #node(index) {
    const message = this.#messages[index];
    return messageNode(message, { compact: this.#isCompact(index), todo: this.todo });
  }

  #isCompact(index) {
    const [message, before] = [this.#messages[index], this.#messages[index - 1]];
    return Boolean(
      before &&
      hovers.matches &&
      before.author.id === message.author.id &&
      !message.used &&
      !message.message_reference &&
      !message.private &&
      !before.private &&
      Date.parse(message.timestamp) - Date.parse(before.timestamp) < TOGETHER_MS,
    );
  }

  #draw() {
    this.#list.replaceChildren(...this.#messages.map((_, index) => this.#node(index)));
    this.#begin();
    this.#roving.set();
  }

  #begin() {
    this.#start.replaceChildren(beginning(this.#older));
    this.#showPresent();
  }

  /** Offer the way down where newer messages are out of sight. */
  #showPresent() {
    this.#present.hidden = !this.#newer && !this.#unseen;
    this.#present.firstChild.textContent = this.#unseen
      ? t("New messages")
      : t("Jump to the newest messages");
  }

  #redraw(id) {
    const index = this.#messages.findIndex((each) => each.id === id);
    const old = this.#nodeOf(id);
    if (index < 0 || !old) return;
    const key = old.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : undefined;
    const whole = old.firstChild === document.activeElement;
    const fresh = this.#node(index);
    old.replaceWith(fresh);
    if (key) fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    else if (whole) fresh.firstChild.focus();
    this.#roving.set();
    this.#stick();
  }

  #insert(message) {
    let at = this.#messages.length;
    while (at > 0 && compareIds(this.#messages[at - 1].id, message.id) > 0) at -= 1;
    this.#messages.splice(at, 0, message);
    const next = at + 1 < this.#messages.length ? this.#nodeOf(this.#messages[at + 1].id) : null;
    const pending = this.#list.querySelector(".pending");
    this.#list.insertBefore(this.#node(at), next ?? pending);
    if (this.#pinned) this.#trim("older");
    this.#regroup();
    this.#stick();
  }

  #regroup() {
    this.#messages.forEach((message, index) => {
      const node = this.#nodeOf(message.id);
      if (node && node.classList.contains("compact") !== this.#isCompact(index))
        this.#redraw(message.id);
    });
    this.#roving.set();
  }

  // Keep the window small: what falls out on one side is read again when it is scrolled to.
  #trim(side) {
    const extra = this.#messages.length - MOST;
    if (extra <= 0) return;
    const dropped =
      side === "older" ? this.#messages.splice(0, extra) : this.#messages.splice(-extra);
    for (const { id } of dropped) this.#nodeOf(id)?.remove();
    if (side === "older") this.#older = true;
    else this.#newer = true;
    this.#begin();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    this.#pinned = left < 40 && !this.#newer;
    if (this.#pinned && this.#unseen) {
      this.#unseen = 0;
      this.#showPresent();
    }
    if (scrollTop < NEAR_PX && this.#older) this.#more("older");
    else if (left < NEAR_PX && this.#newer) this.#more("newer");
  }

  #read(part) {
    const where = { person: state.scene.person, channel: state.channelId };
    return look("/api/messages", { ...where, ...part });
  }

  async #more(side) {
    if (this.#loading || !this.#messages.length) return;
    this.#loading = true;
    const opened = this.#opened;
    const edge =
      side === "older" ? { before: this.#messages[0].id } : { after: this.#messages.at(-1).id };
    const page = await shown(this.#read(edge));
    this.#loading = false;
    if (page && opened === this.#opened) this.#take(side, page);
  }

  #take(side, page) {
    const known = new Set(this.#messages.map(({ id }) => id));
    const fresh = page.messages.filter(({ id }) => !known.has(id));
    // What stands at the top of the view stays where it is.
    const anchor = this.#messages.at(side === "older" ? 0 : -1).id;
    const top = () => this.#nodeOf(anchor)?.getBoundingClientRect().top ?? 0;
    const before = top();
    if (side === "older") {
      this.#messages.unshift(...fresh);
      this.#older = page.older;
      this.#list.prepend(...fresh.map((_, index) => this.#node(index)));
      this.#trim("newer");
    } else {
      const from = this.#messages.length;
      this.#messages.push(...fresh);
      this.#newer = page.newer;
      this.#list.append(...fresh.map((_, index) => this.#node(from + index)));
      this.#trim("older");
    }
    this.#begin();
    this.#regroup();
    this.#scroller.scrollTop += top() - before;
  }

  #stick() {
    if (this.#pinned) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #point(id) {
    const node = this.#nodeOf(id);
    if (!node) return false;
    this.#pinned = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("pointed");
    setTimeout(() => node.classList.remove("pointed"), 2000);
    node.firstChild.focus({ preventScroll: true });
    return true;
  }

  async #remove(message) {
    await shown(act("delete", said({ channel: message.channel_id, message: message.id })));
  }

  async #useMenu(message, command) {
    const waiting = this.pending(pendingNode(localized(command, "name"), false));
    try {
      const answer = await act(
        "menu",
        said({ channel: message.channel_id, message: message.id, command: command.name }),
      );
      if (answer.modal) openModal(answer.modal, () => {});
      if (answer.failed)
        return failPending(waiting, answer.failed, () => this.#useMenu(message, command));
      waiting.remove();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      failPending(waiting, error.message, () => this.#useMenu(message, command));
    }
  }
}
