// Pictures and files: galleries, the lightbox, spoilers, downloads.

import { bytesInWords, el, icon, iconButton, ICONS } from "./dom.js";
import { dialog } from "./popup.js";
import { t } from "./words.js";

const addresses = new Map();
const shown = new Set();

// A link is signed anew at every look, and the file behind it is the same.
function steady(address) {
  const path = address.split("?")[0];
  if (!addresses.has(path)) addresses.set(path, address);
  return addresses.get(path);
}

/** Show pictures in a grid; each is `{ url, width, height, description, spoiler }`. */
export function gallery(pictures) {
  const tiles = pictures.map((picture, index) => tile(picture, () => lightbox(pictures, index)));
  return el("div", { class: "gallery", "data-count": Math.min(pictures.length, 5) }, ...tiles);
}

/** Show one small picture. */
export function thumbnail(picture) {
  const node = tile(picture, () => lightbox([picture], 0));
  node.classList.add("thumbnail");
  return node;
}

function tile(picture, open) {
  const address = steady(picture.url);
  const described = picture.description || "";
  const image = el("img", {
    src: address,
    alt: described,
    width: picture.width || null,
    height: picture.height || null,
    loading: "lazy",
    decoding: "async",
    draggable: "false",
  });
  const button = el(
    "button",
    {
      type: "button",
      class: "tile",
      "aria-label": described ? t("Open image: {text}", { text: described }) : t("Open image"),
      on: { click: open },
    },
    image,
  );
  if (picture.width && picture.height)
    button.style.setProperty("--ratio", `${picture.width} / ${picture.height}`);
  if (described)
    button.append(
      el("span", { class: "alt-mark", title: described, "aria-hidden": "true" }, "ALT"),
    );
  image.addEventListener("error", () => {
    addresses.delete(address.split("?")[0]);
    button.classList.add("broken");
    button.replaceChildren(
      icon(ICONS.file),
      el("span", {}, described || t("This image cannot be loaded")),
    );
  });
  if (picture.spoiler && !shown.has(address.split("?")[0]))
    cover(button, address.split("?")[0], open);
  return button;
}

function cover(button, key, open) {
  button.classList.add("covered");
  button.setAttribute("aria-label", t("Spoiler, press to show the image"));
  const badge = el("span", { class: "spoiler-badge", "aria-hidden": "true" }, t("Spoiler"));
  button.append(badge);
  const uncover = (event) => {
    event.stopImmediatePropagation();
    shown.add(key);
    badge.remove();
    button.classList.remove("covered");
    button.setAttribute("aria-label", t("Open image"));
    button.removeEventListener("click", uncover);
    button.addEventListener("click", open);
  };
  button.removeEventListener("click", open);
  button.addEventListener("click", uncover);
}

/** Show pictures large, one at a time, with what describes them. */
export function lightbox(pictures, first) {
  let at = first;
  const image = el("img", { class: "large" });
  const caption = el("figcaption");
  const original = el("a", { target: "_blank", rel: "noreferrer noopener" }, t("Open original"));
  const count = el("span", { class: "count" });
  const show = (to) => {
    at = (to + pictures.length) % pictures.length;
    const { url, description } = pictures[at];
    image.src = steady(url);
    image.alt = description || "";
    caption.textContent = description || "";
    original.href = steady(url);
    count.textContent = pictures.length > 1 ? t("{number} of {count}", { number: at + 1, count: pictures.length }) : "";
  };
  const several = pictures.length > 1;
  const node = dialog(
    t("Image"),
    { class: "lightbox" },
    iconButton(t("Close"), ICONS.close, () => node.close(), {
      class: "icon-button close",
      autofocus: true,
    }),
    several
      ? iconButton(t("Previous image"), ICONS.left, () => show(at - 1), {
          class: "icon-button previous",
        })
      : null,
    el("figure", {}, image, caption, el("p", {}, count, original)),
    several
      ? iconButton(t("Next image"), ICONS.right, () => show(at + 1), { class: "icon-button next" })
      : null,
  );
  node.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") show(at - 1);
    if (key === "ArrowRight") show(at + 1);
  });
  node.addEventListener("click", (event) => {
    if (event.target.tagName === "FIGURE" || event.target === node) node.close();
  });
  show(first);
}

/** Offer a file for download. */
export function fileBox(name, size, address) {
  return el(
    "a",
    {
      class: "file",
      href: steady(address),
      download: name,
      target: "_blank",
      rel: "noreferrer noopener",
    },
    icon(ICONS.file),
    el("span", {}, el("span", { class: "file-name" }, name), el("small", {}, bytesInWords(size))),
  );
}

/** Show what is attached to a message that has no components. */
export function attachments(files) {
  const pictures = files.filter(({ width }) => width);
  const others = files.filter(({ width }) => !width);
  return [
    pictures.length ? gallery(pictures.map(asPicture)) : null,
    ...others.map(({ filename, size, url }) => fileBox(filename, size, url)),
  ];
}

function asPicture({ url, width, height, description, filename }) {
  return { url, width, height, description, spoiler: filename.startsWith("SPOILER_") };
}

/** Show a picture that is about to be sent. */
export function preview(file) {
  if (!file.type.startsWith("image/")) return icon(ICONS.file);
  const address = URL.createObjectURL(file);
  const image = el("img", { src: address, alt: "", width: 40, height: 40 });
  const free = () => URL.revokeObjectURL(address);
  image.addEventListener("load", free);
  image.addEventListener("error", free);
  return image;
}
