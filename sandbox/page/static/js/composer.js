// Writing: words, replies, files, and the way into commands.

import { bytesInWords, el, iconButton, ICONS, notice } from "./dom.js";
import { preview } from "./media.js";
import { summary } from "./message.js";
import { act, Refused, shown } from "./net.js";
import { callable, CommandLine, CommandPicker } from "./slash.js";
import { here, said, shownName, state } from "./state.js";
import { t } from "./words.js";

const MOST_CHARACTERS = 2000;
const MOST_FILES = 10;
const FORUM = 15;

export class Composer {
  #host;
  #timeline;
  #text = el("textarea", { id: "words", rows: 1, "aria-label": t("Message"), autocomplete: "off" });
  #over = el("small", { class: "over", role: "status" });
  #files = [];
  #fileList = el("ul", { class: "files", "aria-label": t("Attached files") });
  #replyBar = el("div", { class: "reply-bar", hidden: true });
  #reply = null;
  #picker;
  #command = null;
  #drafts = new Map();
  #shownIn = "";
  #isSending = false;

  constructor(host, timeline) {
    this.#host = host;
    this.#timeline = timeline;
    this.#picker = new CommandPicker(this.#text, (entry, rest) => this.begin(entry, rest));
    const chooser = el("input", {
      type: "file",
      multiple: true,
      hidden: true,
      on: {
        change: () => {
          this.attach([...chooser.files]);
          chooser.value = "";
        },
      },
    });
    this.bar = el(
      "form",
      { class: "bar" },
      iconButton(t("Attach files"), ICONS.plus, () => chooser.click()),
      chooser,
      this.#text,
      this.#over,
      iconButton(t("Send"), ICONS.send, () => {}, { type: "submit" }),
    );
    this.bar.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      this.attach(files);
    });
  }

  /** Draw what can be written in the channel that is shown now. */
  show() {
    const channel = here();
    if (this.#shownIn === this.#place()) return;
    if (this.#shownIn) {
      const [text, files] = [this.#text.value, this.#files];
      this.#drafts.set(this.#shownIn, { text, files, command: this.#command?.kept() });
    }
    this.#shownIn = this.#place();
    const draft = this.#drafts.get(this.#shownIn) ?? { text: "", files: [] };
    this.#text.value = draft.text;
    this.#files = draft.files;
    this.#command = null;
    this.#reply = null;
    this.#picker.close();
    if (channel.type === FORUM) this.#host.replaceChildren(this.#postForm(channel));
    else if (!channel.may_send)
      this.#host.replaceChildren(el("p", { class: "cannot" }, t("You can't send messages here.")));
    else this.#arrange();
    this.#text.placeholder = t("Message {place} or type /", {
      place: `${channel.guild_id ? "#" : "@"}${channel.name}`,
    });
    this.#typed(false);
    const begun = callable(channel).find(({ path }) => path === draft.command?.path);
    if (begun) this.begin(begun, "", draft.command.values);
  }

  /** What is typed, and not sent. */
  get words() {
    return this.#text.value;
  }

  /** Go on from words that were typed before. */
  take(words) {
    this.#text.value = words;
    this.#typed(false);
  }

  #place() {
    return `${state.scene.person}/${state.channelId}`;
  }

  #arrange() {
    this.#host.replaceChildren(
      this.#picker.list,
      this.#replyBar,
      this.#fileList,
      this.#command ? this.#command.node : this.bar,
    );
    this.#drawReply();
    this.#drawFiles();
  }

  /** Reply to a message. */
  replyTo(message) {
    this.#reply = { message, ping: true };
    this.#drawReply();
    this.#text.focus();
  }

  /** Begin a command, with what was typed behind its name. */
  begin(entry, rest = "", values = {}) {
    this.#text.value = "";
    this.#typed(false);
    this.#command = new CommandLine(entry, {
      rest,
      values,
      files: this.#files,
      timeline: this.#timeline,
      done: (again) => this.#ended(again),
    });
    this.#arrange();
    this.#command.focus();
  }

  /** Use a command with its first option filled in; resolves once it was answered. */
  async use(path, first) {
    const entry = callable(here()).find((each) => each.path === path);
    if (!entry) return;
    this.begin(entry, first);
    await this.#command.send();
  }

  /** Reply to a message with some words. */
  async reply(message, text) {
    this.replyTo(message);
    this.#text.value = text;
    await this.#send();
  }

  /** Go to the words, and begin a command with a slash that was pressed elsewhere. */
  focus(typed = "") {
    if (this.#command) return this.#command.focus();
    this.#text.focus();
    if (!typed || this.#text.value) return;
    this.#text.value = typed;
    this.#typed();
  }

  #ended(again) {
    this.#command = null;
    this.#arrange();
    if (again) this.begin(again.entry, "", again.values);
    else this.#text.focus();
  }

  /** Take files that were chosen, dropped or pasted. */
  attach(files) {
    const channel = here();
    const limit = channel.file_limit;
    const large = files.filter(({ size }) => size > limit);
    const fine = files.filter(({ size }) => size <= limit);
    if (large.length) {
      notice(
        t("Your files are too powerful: {name} has {size}, and the limit here is {limit} per file.", {
          name: large[0].name,
          size: bytesInWords(large[0].size),
          limit: bytesInWords(limit),
        }),
        "bad",
      );
    }
    if (!fine.length) return;
    if (this.#command?.attach(fine[0])) return;
    if (!channel.may_send || channel.type === FORUM) return;
    if (this.#files.length + fine.length > MOST_FILES)
      notice(t("A message has at most {count} files.", { count: MOST_FILES }), "bad");
    this.#files.push(...fine.slice(0, MOST_FILES - this.#files.length));
    this.#drawFiles();
    if (!this.#command) this.#text.focus();
  }

  #typed(picks = true) {
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, 200)}px`;
    const over = MOST_CHARACTERS - this.#text.value.length;
    this.#over.textContent = over < 200 ? String(over) : "";
    this.#over.classList.toggle("bad", over < 0);
    if (picks) this.#picker.look(this.#text.value);
  }

  #key(event) {
    if (event.isComposing || this.#picker.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.#reply) {
      this.#reply = null;
      this.#drawReply();
    } else if (event.key === "ArrowUp" && !this.#text.value) {
      event.preventDefault();
      this.#timeline.focusLast();
    }
  }

  async #send() {
    const text = this.#text.value;
    const files = [...this.#files];
    // A second press while it is on its way is not a second message.
    if (this.#isSending || (!text.trim() && !files.length)) return;
    if (text.length > MOST_CHARACTERS) {
      notice(
        t("A message has at most {count} characters; this one has {length}.", {
          count: MOST_CHARACTERS.toLocaleString("en"),
          length: text.length.toLocaleString("en"),
        }),
        "bad",
      );
      return;
    }
    const reply = this.#reply;
    const answers = reply ? { reply_to: reply.message.id, ping: reply.ping } : {};
    this.#isSending = true;
    try {
      await act(
        "send",
        said({ text, ...answers }),
        files.map((file) => ["files", file]),
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      notice(error.message, "bad");
      return;
    } finally {
      this.#isSending = false;
    }
    if (this.#text.value === text) this.#text.value = "";
    this.#files = this.#files.filter((file) => !files.includes(file));
    if (this.#reply === reply) this.#reply = null;
    this.#typed();
    this.#drawReply();
    this.#drawFiles();
  }

  #drawReply() {
    this.#replyBar.hidden = !this.#reply;
    if (!this.#reply) return;
    const { message, ping } = this.#reply;
    const drop = () => {
      this.#reply = null;
      this.#drawReply();
      this.#text.focus();
    };
    const toggle = () => {
      this.#reply.ping = !ping;
      this.#drawReply();
      this.#replyBar.querySelector(".ping").focus();
    };
    this.#replyBar.replaceChildren(
      el(
        "span",
        {},
        t("Replying to "),
        el("strong", {}, shownName(message.author)),
        " · ",
        summary(message).slice(0, 80),
      ),
      el(
        "button",
        {
          type: "button",
          class: "ping",
          "aria-pressed": String(ping),
          title: t("Mention the author in the reply"),
          on: { click: toggle },
        },
        ping ? t("@ On") : t("@ Off"),
      ),
      iconButton(t("Cancel reply"), ICONS.close, drop),
    );
  }

  #drawFiles() {
    this.#fileList.hidden = !this.#files.length;
    this.#fileList.replaceChildren(
      ...this.#files.map((file) => {
        const drop = () => {
          this.#files = this.#files.filter((each) => each !== file);
          this.#drawFiles();
          this.#text.focus();
        };
        return el(
          "li",
          {},
          preview(file),
          el("span", { class: "file-name" }, file.name),
          el("small", {}, bytesInWords(file.size)),
          iconButton(t("Remove {name}", { name: file.name }), ICONS.close, drop),
        );
      }),
    );
  }

  #postForm(channel) {
    const title = el("input", {
      placeholder: t("Title"),
      "aria-label": t("Title of the post"),
      maxlength: 100,
    });
    const text = el("textarea", {
      placeholder: t("Post content"),
      "aria-label": t("Message of the post"),
      rows: 2,
    });
    const form = el(
      "form",
      { class: "post" },
      title,
      text,
      el("button", { class: "button primary" }, t("New post")),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const post = await shown(act("post", said({ title: title.value, text: text.value })));
      if (post)
        document.dispatchEvent(new CustomEvent("jump", { detail: { channel: post.channel } }));
    });
    return channel.may_send ? form : el("p", { class: "cannot" }, t("You can't post here."));
  }
}
