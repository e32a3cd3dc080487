// Card fields in a frame of a shop: it asks, we tokenise, and only its own origin is answered.
const form = document.querySelector("form");
const shop = form.dataset.origin;
const names = ["number", "expiry", "code"];
const tell = (said) => shop && parent !== window && parent.postMessage(said, shop);
const height = () => tell({type: "height", pixels: Math.ceil(document.documentElement.getBoundingClientRect().height)});

form.number.addEventListener("input", () => {
  const digits = form.number.value.replace(/\D/g, "").slice(0, 19);
  form.number.value = digits.replace(/(.{4})(?=.)/g, "$1 ");
});
form.expiry.addEventListener("input", (event) => {
  const digits = form.expiry.value.replace(/\D/g, "").slice(0, 4);
  const full = digits.length > 2 || (digits.length === 2 && event.inputType !== "deleteContentBackward");
  form.expiry.value = full ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
});
for (const name of names) form[name].addEventListener("input", () => show(names.filter((one) => one !== name && !document.getElementById(`bad-${one}`).hidden)));

function show(wrong) {
  for (const name of names) {
    document.getElementById(`bad-${name}`).hidden = !wrong.includes(name);
    if (wrong.includes(name)) form[name].setAttribute("aria-invalid", "true");
    else form[name].removeAttribute("aria-invalid");
  }
  height();
}

async function tokenise() {
  const typed = Object.fromEntries(names.map((name) => [name, form[name].value]));
  try {
    const reply = await fetch(form.dataset.tokens, {method: "POST", body: JSON.stringify(typed)});
    const said = await reply.json();
    if (reply.ok) return tell({type: "token", ...said});
    show(said.wrong);
    form[said.wrong[0]].focus();
    tell({type: "wrong"});
  } catch {
    tell({type: "failed"});
  }
}

if (shop) {
  form.addEventListener("submit", (event) => { event.preventDefault(); tell({type: "submit"}); });
  addEventListener("message", (event) => {
    if (event.origin !== shop || event.source !== parent) return;
    if (event.data.type === "tokenise") tokenise();
    if (event.data.type === "theme") document.documentElement.dataset.theme = event.data.theme;
  });
  new ResizeObserver(height).observe(document.documentElement);
  tell({type: "ready"});
}
