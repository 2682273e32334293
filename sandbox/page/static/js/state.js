// What this tab knows: who it is, where it is, and what is there.

import { t } from "./words.js";

export const state = {
  scene: null,
  personId: sessionStorage.getItem("person") ?? "",
  channelId: "",
  unread: new Set(),
};

/** Names of accounts by id, for mentions. */
export function nameOf(userId) {
  const user = everybody().find(({ id }) => id === userId);
  return user ? shownName(user) : t("unknown");
}

export function shownName(user) {
  return user.global_name ?? user.username;
}

export function everybody() {
  return state.scene ? [...state.scene.people, state.scene.bot] : [];
}

export function roleOf(roleId) {
  return state.scene?.guilds.flatMap(({ roles }) => roles).find(({ id }) => id === roleId);
}

export function channelOf(channelId) {
  return state.scene?.channels.find(({ id }) => id === channelId);
}

export function here() {
  return channelOf(state.channelId);
}

export function me() {
  return state.scene?.people.find(({ id }) => id === state.scene.person);
}

/** Return the commands of a type that are offered in a channel. */
export function commandsIn(channel, type) {
  const offered = new Set(channel?.commands ?? []);
  return state.scene.commands.filter((each) => (each.type ?? 1) === type && offered.has(each.id));
}

/** Return a command's or an option's words in the person's language, where it has them. */
export function localized(thing, key) {
  return thing[`${key}_localizations`]?.[me()?.locale] ?? thing[key];
}

/** Who does what, and where: what every act begins with. */
export function said(more = {}) {
  return { person: state.scene.person, channel: state.channelId, ...more };
}
