// Message components: https://discord.com/developers/docs/components/reference

import { el } from "./dom.js";
import { link, markdown } from "./markdown.js";
import { fileBox, gallery, thumbnail } from "./media.js";
import { everybody, here, roleOf, shownName, state } from "./state.js";
import { select } from "./popup.js";
import { t } from "./words.js";

const LINK = 5;
const TEXT_DISPLAY = 10;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

const KINDS = {
  1: (part, use) => el("div", { class: "row" }, ...components(part.components, use)),
  2: button,
  3: optionSelect,
  5: entitySelect,
  6: entitySelect,
  7: entitySelect,
  8: entitySelect,
  9: (part, use) =>
    el(
      "div",
      { class: "section" },
      el("div", { class: "texts" }, ...components(part.components, use)),
      ...components([part.accessory], use),
    ),
  10: (part) => el("div", { class: "text" }, ...markdown(part.content)),
  11: (part) => thumbnail(picture(part)),
  12: (part) => gallery(part.items.map(picture)),
  13: (part) => fileBox(part.name, part.size, part.file.url),
  14: (part) =>
    el(part.divider === false ? "div" : "hr", { class: part.spacing === 2 ? "wide gap" : "gap" }),
  17: container,
};

/** Turn components into nodes; `use(act, part, more)` does what is pressed or picked. */
export function components(parts, use) {
  return parts.map((part) => KINDS[part.type]?.(part, use) ?? null);
}

function container(part, use) {
  const node = el("section", { class: "card" }, ...components(part.components, use));
  if (part.accent_color !== null && part.accent_color !== undefined) {
    node.classList.add("accented");
    node.style.setProperty("--card", `#${part.accent_color.toString(16).padStart(6, "0")}`);
  }
  return node;
}

function picture({ media, description, spoiler }) {
  return { url: media.url, width: media.width, height: media.height, description, spoiler };
}

function button(part, use) {
  const emoji = part.emoji?.name;
  const face =
    emoji && part.label ? [el("span", { "aria-hidden": "true" }, emoji), " ", part.label] : [part.label ?? emoji];
  const look = `button ${STYLES[part.style] ?? "secondary"}`;
  if (part.style === LINK) return link(part.url, [...face, " ↗"], { class: look });
  const press = () => use("click", part, {}, node);
  const node = el(
    "button",
    {
      type: "button",
      class: look,
      disabled: Boolean(part.disabled),
      "data-key": part.custom_id,
      on: { click: press },
    },
    ...face,
  );
  return node;
}

function optionSelect(part, use) {
  const choices = part.options.map((option) => ({
    name: [option.emoji?.name, option.label].filter(Boolean).join(" "),
    note: option.description,
    value: option.value,
    chosen: option.default,
  }));
  return messageSelect(part, use, choices);
}

function entitySelect(part, use) {
  const picked = new Set((part.default_values ?? []).map(({ id }) => id));
  const choices = entities(part.type, part.channel_types);
  return messageSelect(
    part,
    use,
    choices.map((choice) => ({ ...choice, chosen: picked.has(choice.value) })),
  );
}

/** List what a select or an option for people, roles or channels offers; `kinds` are channels'. */
export function entities(type, kinds) {
  const people = everybody().map((user) => ({ name: `@${shownName(user)}`, value: user.id }));
  const guild = state.scene.guilds.find(({ id }) => id === here()?.guild_id);
  const roles = (guild?.roles ?? []).map(({ id }) => ({
    name: `@${roleOf(id).name.replace(/^@/, "")}`,
    value: id,
  }));
  const channels = state.scene.channels
    .filter(({ guild_id }) => guild_id && guild_id === guild?.id)
    .filter((channel) => !kinds?.length || kinds.includes(channel.type))
    .map(({ name, id }) => ({ name: `#${name}`, value: id }));
  return { 5: people, 6: roles, 7: [...people, ...roles], 8: channels }[type] ?? [];
}

function messageSelect(part, use, choices) {
  const node = select({
    label: part.placeholder || t("Make a selection"),
    placeholder: part.placeholder,
    choices,
    low: part.min_values ?? 1,
    high: part.max_values ?? 1,
    disabled: Boolean(part.disabled),
    onpick: (values) => use("choose", part, { values }, node),
  });
  node.dataset.key = part.custom_id;
  return node;
}

/** Return all that a message says, in the order in which it is read. */
export function textsOf(message) {
  const texts = walk(message.components).filter(({ type }) => type === TEXT_DISPLAY);
  return [message.content, ...texts.map(({ content }) => content)].filter(Boolean);
}

function walk(parts) {
  return parts.flatMap((part) => [
    part,
    ...walk(part.components ?? []),
    ...(part.accessory ? [part.accessory] : []),
  ]);
}
