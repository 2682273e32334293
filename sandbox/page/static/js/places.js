// The side: servers and their channels, direct messages, and who one is.

import { el, icon, ICONS, refill } from "./dom.js";
import { avatar } from "./message.js";
import { menu } from "./popup.js";
import { me, shownName, state } from "./state.js";
import { switchTheme, themeName } from "./theme.js";
import { locale as pageLocale, t } from "./words.js";

const DM = 1;
const GROUP = 3;
const THREADS = [11, 12];
const FORUM = 15;

/** Return the icon of a channel. */
export function iconOf({ type, nsfw }) {
  if (type === DM || type === GROUP) return ICONS.person;
  if (type === FORUM) return ICONS.forum;
  if (nsfw) return ICONS.lock;
  return THREADS.includes(type) ? ICONS.thread : ICONS.hash;
}

/** Draw the list of channels and the person below it. */
export function drawPlaces(host, { go, become, speak }) {
  const { scene } = state;
  const servers = scene.guilds.map((guild) =>
    section(
      guild.name,
      ordered(scene.channels.filter(({ guild_id }) => guild_id === guild.id)),
      go,
    ),
  );
  const direct = section(
    t("Direct messages"),
    scene.channels.filter(({ guild_id }) => !guild_id),
    go,
  );
  refill(host, el("div", { class: "channels" }, ...servers, direct), personBar({ become, speak }));
}

// Threads and posts stand below what they belong to.
function ordered(channels) {
  const top = channels
    .filter(({ parent_id }) => !parent_id)
    .sort((one, other) => one.position - other.position);
  return top.flatMap((channel) => [
    channel,
    ...channels.filter(({ parent_id }) => parent_id === channel.id),
  ]);
}

function section(name, channels, go) {
  return el(
    "section",
    {},
    el("h2", {}, name),
    el(
      "ul",
      {},
      ...channels.map((channel) => {
        const current = channel.id === state.channelId;
        const unread = state.unread.has(channel.id) && !current;
        const kind = channel.nsfw ? t(", age-restricted") : "";
        return el(
          "li",
          { class: channel.parent_id ? "nested" : "" },
          el(
            "button",
            {
              type: "button",
              class: unread ? "place unread" : "place",
              "data-key": channel.id,
              "aria-current": current ? "page" : null,
              "aria-label": `${channel.name}${kind}${unread ? t(", unread") : ""}`,
              on: { click: () => go(channel.id) },
            },
            icon(iconOf(channel)),
            el("span", {}, channel.name),
          ),
        );
      }),
    ),
  );
}

function languageName(locale) {
  return new Intl.DisplayNames([pageLocale], { type: "language" }).of(locale);
}

function personBar({ become, speak }) {
  const current = me();
  const people = (anchor) => {
    const items = state.scene.people.map((user) => ({
      label: shownName(user),
      note: t(user.about),
      checked: user.id === current.id,
      act: () => become(user.id),
    }));
    const languages = state.scene.locales.map((locale) => ({
      label: languageName(locale),
      note: locale,
      checked: locale === current.locale,
      act: () => speak(locale),
    }));
    const language = { label: t("Language"), note: languageName(current.locale), items: languages };
    menu(t("Switch user"), [...items, language], anchor);
  };
  const theme = el(
    "button",
    {
      type: "button",
      class: "icon-button",
      "data-key": "theme",
    },
    icon(ICONS.sun),
  );
  const name = () => {
    theme.title = t("Theme: {name}", { name: t(themeName()) });
    theme.setAttribute("aria-label", theme.title);
  };
  name();
  theme.addEventListener("click", () => {
    switchTheme();
    name();
  });
  return el(
    "div",
    { class: "person-bar" },
    el(
      "button",
      {
        type: "button",
        class: "person",
        "data-key": "person",
        "aria-haspopup": "menu",
        "aria-label": t("You are {name}, {about}. Switch user", {
          name: shownName(current),
          about: t(current.about),
        }),
        on: { click: ({ currentTarget }) => people(currentTarget) },
      },
      avatar(current),
      el("span", {}, el("strong", {}, shownName(current)), el("small", {}, t(current.about))),
      icon(ICONS.down),
    ),
    theme,
  );
}
