// The page: who one is, where one is, and what is told.

import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { el, icon, iconButton, ICONS, notice, refill } from "./dom.js";
import { openModal } from "./modal.js";
import { follow, look, say, shown } from "./net.js";
import { drawPlaces, iconOf } from "./places.js";
import { callable } from "./slash.js";
import { channelOf, here, shownName, state } from "./state.js";
import { applyTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { locale, t, WORDS } from "./words.js";

const FORUM = 15;

const places = document.getElementById("places");
const top = document.getElementById("top");
const app = document.getElementById("app");
const timeline = new Timeline(document.getElementById("timeline"), {
  reply: (message) => composer.replyTo(message),
});
const composer = new Composer(document.getElementById("composer"), timeline);
const drawer = new Drawer(document.getElementById("drawer"), () => drawTop());

let unfollow = null;
let isConnected = true;
let isLeaving = false;

function drawTop() {
  const channel = here();
  const { bot } = state.scene;
  const status = isConnected ? (bot.online ? "online" : "offline") : "unreachable";
  const words = {
    online: t("Fluxcord is online"),
    offline: t("Fluxcord is offline"),
    unreachable: t("Cannot reach the sandbox"),
  };
  const parts = [
    iconButton(t("Channels"), ICONS.menu, openPlaces, {
      class: "icon-button narrow-only",
      "data-key": "places",
      "aria-controls": "places",
    }),
    el("h1", {}, icon(iconOf(channel)), channel.name),
    channel.nsfw ? el("span", { class: "tag" }, "18+") : null,
    el(
      "span",
      { class: `status ${status}`, role: "status", title: words[status] },
      el("span", { class: "dot", "aria-hidden": "true" }),
      el("span", { class: "wide-only" }, words[status]),
    ),
    el(
      "button",
      {
        type: "button",
        class: "button secondary behind",
        "data-key": "behind",
        "aria-expanded": String(drawer.isOpen),
        "aria-controls": "drawer",
        on: { click: () => drawer.toggle() },
      },
      icon(ICONS.gears),
      el("span", { class: "wide-only" }, t("Behind the scenes")),
    ),
  ];
  refill(top, ...parts);
}

function openPlaces() {
  app.classList.add("places-open");
  places.querySelector("[aria-current]")?.focus();
}

function closePlaces() {
  app.classList.remove("places-open");
}

function draw() {
  drawPlaces(places, { go, become, speak });
  drawTop();
  composer.show();
  document.title = `${here().guild_id ? "#" : ""}${here().name} · Fluxcord sandbox`;
}

async function go(channelId, messageId = null) {
  const channel = channelOf(channelId);
  if (!channel) return notice(t("You can't see this channel."), "bad");
  closePlaces();
  const moved = channelId !== state.channelId;
  state.channelId = channelId;
  state.unread.delete(channelId);
  sessionStorage.setItem("channel", channelId);
  draw();
  if (moved) await timeline.open(messageId);
  else if (messageId) await timeline.jump(messageId);
  if (!messageId && hovers()) document.getElementById("words")?.focus();
}

/** Tell whether there is a mouse; on a phone the focus would open the keyboard. */
function hovers() {
  return matchMedia("(hover: hover)").matches;
}

const DOWN_MS = 2500;
const MOST_REQUESTS = 999_999_999; // none of the requests is read

const TRIES = {
  imagine: () => composer.use("imagine", "a lighthouse at dawn"),
  reply: () => {
    const message = timeline.newestImage();
    if (!message) return notice(t("There is no image yet. Start with the first one."));
    return composer.reply(message, "make it night");
  },
  kill: async () => {
    await composer.use("imagine", "a windmill in a storm");
    await accepted();
    await say("/api/bot", { do: "kill" });
    notice(t("The bot was killed during your request. It restarts in a moment."));
    await new Promise((done) => setTimeout(done, DOWN_MS));
    await say("/api/bot", { do: "start" });
    notice(t("The bot is starting. Your image arrives once, and is charged once."));
  },
};

/** Wait until Flux has accepted the newest request: before that, a killed bot can only refund it. */
async function accepted() {
  const early = ["queued", "submitting"];
  for (let looks = 0; looks < 100; looks += 1) {
    const { jobs } = await look("/api/behind", { after: MOST_REQUESTS });
    const newest = jobs.rows[0]?.[jobs.columns.indexOf("state")];
    if (newest && !early.includes(newest)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
}

document.addEventListener("try", async ({ detail }) => {
  await shown(TRIES[detail]());
});

function become(userId) {
  state.personId = userId;
  sessionStorage.setItem("person", userId);
  state.unread.clear();
  connect();
}

async function speak(locale) {
  await shown(say("/api/locale", { person: state.scene.person, locale }));
}

function scene(told) {
  const before = state.scene;
  if (before && !told.people.some(({ id }) => id === before.person)) return leave();
  const spoken = told.people.find(({ id }) => id === told.person).locale;
  if (spoken !== locale) {
    // The page's own words are drawn once, in one language.
    sessionStorage.setItem("locale", spoken);
    if (before || spoken in WORDS || locale in WORDS) return leave();
  }
  state.scene = told;
  const another = before?.person !== told.person;
  const kept = channelOf(state.channelId) ?? channelOf(sessionStorage.getItem("channel") ?? "");
  const first =
    told.channels.find(({ type, guild_id }) => guild_id && type !== FORUM) ?? told.channels[0];
  const where = kept ?? first;
  const moved = where.id !== state.channelId;
  state.channelId = where.id;
  draw();
  if (!before) {
    composer.take(sessionStorage.getItem("words") ?? "");
    if (hovers()) composer.focus();
  }
  sessionStorage.removeItem("words");
  // A forum shows its posts, which are channels.
  if (another || moved || where.type === FORUM) timeline.open();
}

/** Go to another sandbox, whose pictures only a new page may load, with the words typed here. */
function leave() {
  isLeaving = true;
  sessionStorage.setItem("words", composer.words);
  location.reload();
}

const TELLINGS = {
  scene,
  anew: () => timeline.open(),
  message: ({ channel, id, message }) => {
    if (channel === state.channelId) return timeline.told(id, message);
    if (!message || state.unread.has(channel)) return undefined;
    state.unread.add(channel);
    return drawPlaces(places, { go, become, speak });
  },
  typing: ({ channel, for_s: seconds }) => {
    if (channel === state.channelId) timeline.typing(shownName(state.scene.bot), seconds);
  },
};

function connect() {
  unfollow?.();
  let again = false;
  unfollow = follow(state.personId, {
    told: ({ kind, ...what }) => TELLINGS[kind]?.(what),
    lost: (reason) => {
      // It is said once, although the tab goes on asking.
      if (reason && !again) notice(reason, "bad");
      again = true;
      isConnected = false;
      if (state.scene) drawTop();
    },
    found: () => {
      isConnected = true;
      if (isLeaving) return;
      // What happened meanwhile was not told.
      if (again && state.scene) timeline.open();
      again = false;
    },
  });
}

document.addEventListener("jump", ({ detail }) => {
  if (detail.message) {
    if (detail.channel === state.channelId) timeline.jump(detail.message);
    else go(detail.channel, detail.message);
  } else if (channelOf(detail.channel)) go(detail.channel);
  else setTimeout(() => go(detail.channel), 300);
});
document.addEventListener("modal", ({ detail }) => openModal(detail, () => {}));
document.addEventListener("command", ({ detail }) => {
  const entry = callable(here()).find(({ path }) => path === detail);
  if (entry) composer.begin(entry);
});
document.addEventListener("keydown", (event) => {
  const popupIsOpen = document.querySelector(":popover-open, dialog[open]");
  if (event.key === "Escape" && !popupIsOpen) closePlaces();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog, [popover]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  composer.focus("/");
});
document.getElementById("main").addEventListener("pointerdown", (event) => {
  if (app.classList.contains("places-open") && !event.target.closest("#top")) closePlaces();
});

// Files that are dropped anywhere over the channel.
const main = document.getElementById("main");
let over = 0;
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
main.addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  over += 1;
  main.classList.add("dropping");
});
main.addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  over -= 1;
  main.classList.toggle("dropping", over > 0);
});
main.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
main.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  over = 0;
  main.classList.remove("dropping");
  composer.attach([...event.dataTransfer.files]);
});

document.documentElement.lang = locale in WORDS ? locale : "en";
main.dataset.drop = t("Drop the file here to attach it");
places.setAttribute("aria-label", t("Channels"));
main.setAttribute("aria-label", t("Channel"));
document.getElementById("drawer").setAttribute("aria-label", t("Behind the scenes"));
applyTheme();
connect();
