// Going through the messages by keys: one is reached by Tab, the arrows go from there.

const MESSAGES = ".message:not(.pending) > article";

export class Roving {
  #list;

  constructor(list) {
    this.#list = list;
    list.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Say which message Tab leads to: the one that has the focus, else the newest. */
  set(chosen = null) {
    const all = this.#all();
    const focused = all.find((node) => node.contains(document.activeElement));
    const stop = chosen ?? focused ?? all.at(-1);
    for (const node of all) node.tabIndex = node === stop ? 0 : -1;
  }

  focusLast() {
    this.#all().at(-1)?.focus();
  }

  #all() {
    return [...this.#list.querySelectorAll(MESSAGES)];
  }

  #walk(event) {
    if (event.target.tagName !== "ARTICLE") return;
    const all = this.#all();
    const at = all.indexOf(event.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !all[to]) return;
    event.preventDefault();
    this.set(all[to]);
    all[to].focus();
  }
}
