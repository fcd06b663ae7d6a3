// What pages gain with scripts: copying, and shorter addresses. Everything else works without; listing.js is for listings.
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Copying ------------------------------------------------------------------------------------ */

async function copy(button) {
  const code = button.closest(".code")?.querySelector("code");
  const text = button.dataset.copy ?? code.textContent;
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = document.body.dataset.copied;
    button.classList.add("done");
  } catch {
    // Without permission, or on plain http: leave the text selected, one key press from copied.
    const target = code ?? button.parentElement.querySelector("code");
    getSelection().selectAllChildren(target);
    button.textContent = document.body.dataset.press;
  }
  setTimeout(() => { button.textContent = before; button.classList.remove("done"); }, 1600);
}

for (const button of all("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

// Paper cannot be unfolded. Newer browsers do this by the style sheet alone.
let folded = [];
addEventListener("beforeprint", () => { folded = all("details:not([open])"); for (const item of folded) item.open = true; });
addEventListener("afterprint", () => { for (const item of folded) item.open = false; });

// A link that means more to a page with scripts: what to compare with.
for (const link of all("a[data-query]")) link.search = link.dataset.query;

/* Addresses that moved ------------------------------------------------------------------------ */

const decoded = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

// The old hub put a card's name behind a question mark, in its own spelling: ?MindSpore/1.7/name or ?2505/MindSpore/….
const old = document.querySelector(".old-hub");
if (old) {
  const uid = decoded(location.search.slice(1)).replace(/^\d+\//, "").replace(/^[^/]+/, (publisher) => publisher.toLowerCase());
  if (/^[\w+-][\w.+-]*(\/[\w+-][\w.+-]*){2,3}$/.test(uid)) {
    fetch(old.dataset.aliases).then((answer) => answer.json()).then(({ aliases }) => {
      location.replace(`${old.dataset.home}${aliases[uid] ?? uid}/index.html`);
    });
  }
}

// A page that does not exist may have been a card: offer its name to the search.
const missing = document.querySelector(".missing input");
if (missing) missing.value = decoded(location.pathname).replace(/\/(index\.(html|json))?$/, "").split("/").pop().replace(/\.\w+$/, "");

// From a server, the shorter address of the same page is the one to share.
if (location.protocol !== "file:" && location.pathname.endsWith("/index.html")) {
  history.replaceState(null, "", location.pathname.slice(0, -"index.html".length) + location.search + location.hash);
}
