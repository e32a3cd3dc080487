// The console works without this: it remembers light or dark, and sends a form once.
const root = document.documentElement;
let theme = null;
try { theme = localStorage.getItem("theme"); } catch {}
if (theme) root.dataset.theme = theme;
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch {}
  });
}
document.querySelector("#alert")?.focus();

// Ctrl-K finds: the same as the page of finding, asked while one types. Arrows choose, Enter opens.
const palette = document.querySelector("#palette");
const typed = palette?.querySelector("input");
const found = palette?.querySelector("[data-found]");
const made = (tag, words, more = {}) => Object.assign(document.createElement(tag), {textContent: words, ...more});
let asked = 0;
const look = async () => {
  const number = ++asked;
  const reply = await fetch(`/console/find?q=${encodeURIComponent(typed.value)}`, {headers: {Accept: "application/json"}});
  if (number !== asked) return;
  if (reply.redirected) return location.reload();
  const said = reply.ok ? await reply.json() : {groups: [], said: "…"};
  found.replaceChildren(...said.groups.map((group) => {
    const list = made("ul", "");
    for (const hit of group.hits) {
      const line = made("li", ""), link = made("a", hit.label, {href: hit.path});
      if (hit.note) link.append(" ", made("span", hit.note, {className: "id quiet"}));
      line.append(link);
      list.append(line);
    }
    const part = made("section", "");
    part.append(made("h2", group.name), list);
    return part;
  }));
  palette.querySelector("[data-said]").textContent = said.said;
};
const open = () => {
  if (palette.open) return;
  document.querySelector("#side").hidePopover?.();
  palette.showModal();
  typed.select();
  look();
};
if (palette) {
  let waiting = 0;
  for (const button of document.querySelectorAll("[data-find]")) {
    button.hidden = false;
    button.addEventListener("click", open);
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open();
  });
  typed.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 120);
  });
  palette.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [typed, ...found.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    stops[(at + step + stops.length) % stops.length].focus();
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
}

// A second click sends nothing; the server would do nothing either. A file may be taken again.
for (const form of document.querySelectorAll("form[method=post]:not([action$=export])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.querySelector("[type=submit]").setAttribute("aria-disabled", "true");
  });
}
// What was typed since must be looked at before the button that acts may be pressed.
document.querySelector("[data-asks]")?.addEventListener("input", () => {
  const button = document.querySelector("form.fields[method=post] [type=submit]");
  if (button) button.disabled = true;
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// What moves is asked for again while one looks; ten minutes at most, or the session never idles.
const live = document.querySelector("[data-live]");
const since = Date.now();
let first = null;
const show = (said) => {
  if (said.state !== live.dataset.live) return location.reload();
  for (const one of live.querySelectorAll("[data-value]")) {
    const words = said.values[one.dataset.value];
    if (one.textContent !== words) one.textContent = words;
  }
  live.querySelector("[data-share]")?.setAttribute("width", said.share);
  first ??= said.done;
  const rate = Math.round((said.done - first) / (Date.now() - since) * 1000);
  const told = live.querySelector("[data-rate]");
  if (told) told.textContent = rate > 0 ? `${rate} / s` : "";
};
const again = async () => {
  if (Date.now() - since > 600000) return;
  if (!document.hidden) {
    const reply = await fetch(location.href, {headers: {Accept: "application/json"}}).catch(() => null);
    if (reply?.redirected) return location.reload();
    if (reply?.ok) show(await reply.json());
  }
  setTimeout(again, 2000);
};
if (live) setTimeout(again, 2000);
