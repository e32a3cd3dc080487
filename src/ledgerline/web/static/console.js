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

// Ctrl-K goes to the field that finds.
addEventListener("keydown", (event) => {
  const find = document.querySelector("#q");
  if (!find || event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const side = document.querySelector("#side");
  if (getComputedStyle(side).display === "none") side.showPopover();
  find.focus();
});

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
