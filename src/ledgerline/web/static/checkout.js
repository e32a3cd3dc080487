// The checkout page works without this, but for the provider's fields in the page.
const page = document.body;
const root = document.documentElement;

// A page that came back from the bank inside of a frame: the page around it goes on.
if (page.dataset.top && self !== top) top.location.replace(page.dataset.top);

// Light or dark, remembered.
let theme = null;
try { theme = localStorage.getItem("theme"); } catch {}
if (theme) root.dataset.theme = theme;
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch {}
    post({type: "theme", theme: root.dataset.theme});
  });
}
const menu = document.querySelector(".menu");
addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
addEventListener("keydown", (event) => { if (menu && event.key === "Escape") menu.open = false; });

document.querySelector("#alert")?.focus();

// The provider's fields.
const holder = document.querySelector("[data-fields]");
const form = document.querySelector("[data-checkout]");
let frame = null;
let waits = null;
function post(said) {
  if (frame) frame.contentWindow.postMessage(said, holder.dataset.origin);
}
if (holder) {
  holder.hidden = false;
  frame = document.createElement("iframe");
  frame.title = holder.dataset.title;
  frame.height = 94;
  frame.src = `${holder.dataset.fields}&origin=${encodeURIComponent(location.origin)}&theme=${root.dataset.theme ?? ""}`;
  holder.append(frame);
  addEventListener("message", (event) => {
    if (event.origin !== holder.dataset.origin || event.source !== frame.contentWindow) return;
    const said = event.data;
    if (said.type === "ready") delete holder.dataset.waits;
    if (said.type === "height") frame.height = said.pixels;
    if (said.type === "submit") form.requestSubmit();
    if (said.type === "wrong") rest();
    if (said.type === "failed") rest(document.querySelector("[data-words]").dataset.failed);
    if (said.type === "token" && waits) send(said);
  });
}

const button = form?.querySelector("[type=submit]");
const label = button?.firstElementChild;
function rest(said = "") {
  clearTimeout(waits);
  waits = null;
  button.removeAttribute("aria-disabled");
  button.replaceChildren(label);
  form.querySelector("[data-status]").textContent = said;
}
function send(card) {
  clearTimeout(waits);
  for (const name of ["token", "brand", "last4"]) {
    const field = document.createElement("input");
    Object.assign(field, {type: "hidden", name, value: card[name]});
    form.append(field);
  }
  form.submit();
}
form?.addEventListener("submit", (event) => {
  if (button.getAttribute("aria-disabled")) return event.preventDefault();
  button.setAttribute("aria-disabled", "true");
  const spin = document.createElement("span");
  spin.className = "spin";
  button.replaceChildren(spin, button.dataset.busy);
  if (!frame || form.elements.method?.value) return;
  event.preventDefault();
  waits = setTimeout(() => rest(document.querySelector("[data-words]").dataset.failed), 15000);
  post({type: "tokenise"});
});
// A page that the back button brings out of memory asks how it stands.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// The bank's page, in a dialog where its origin is known.
const action = document.querySelector("[data-challenge]");
if (action) {
  const dialog = document.createElement("dialog");
  dialog.className = "challenge";
  dialog.setAttribute("aria-label", action.dataset.title);
  const head = document.createElement("div");
  head.className = "challenge-head";
  const title = document.createElement("b");
  title.textContent = action.dataset.title;
  const close = document.createElement("button");
  close.className = "button button-plain";
  close.type = "button";
  close.textContent = action.dataset.close;
  head.append(title, close);
  const bank = document.createElement("iframe");
  bank.title = action.dataset.title;
  bank.autofocus = true;
  dialog.append(head, bank);
  page.append(dialog);
  const show = (event) => {
    event?.preventDefault();
    if (!bank.src) bank.src = action.dataset.challenge;
    dialog.showModal();
  };
  const leave = (event) => {
    event?.preventDefault();
    if (confirm(action.dataset.sure)) document.querySelector("[data-withdraw]").submit();
  };
  close.addEventListener("click", leave);
  dialog.addEventListener("cancel", leave);
  action.addEventListener("click", show);
  show();
}

// How it stands, until that changes.
if (page.dataset.watch) {
  const look = async () => {
    try {
      const reply = await fetch(page.dataset.watch, {cache: "no-store"});
      if (reply.status < 500 && await reply.text() !== page.dataset.state) return location.replace(location.href);
    } catch {}
    setTimeout(look, 2000);
  };
  setTimeout(look, 1000);
}
