// What pages gain with scripts: copying, searching, sorting, and an address that keeps the choice.
// Filters, counts and every link work without.
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

/* Listing ------------------------------------------------------------------------------------ */

const list = document.querySelector(".models");
if (list) {
  const form = document.querySelector(".filters");
  const box = form.elements.q;
  const sort = document.getElementById("sort");
  const live = document.querySelector(".live");
  const none = document.querySelector(".nothing");
  const near = document.querySelector(".near");
  const kinds = all("fieldset.facet").map((field) => field.querySelector("input").name);
  let rows = [];

  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const loose = (text) => text.replace(/[\s_.-]+/g, "");

  function enrol(items) {
    for (const item of items) {
      const text = fold(["h2 a", ".uid", ".summary", ".meta"].map((part) => item.querySelector(part).textContent).join(" ") + " " + item.dataset.words);
      rows.push({ item, text, loose: loose(text), name: fold(item.querySelector("h2 a").textContent), place: rows.length, words: null, stem: fold(item.querySelector(".uid").textContent.split("/").pop()), rank: 0 });
    }
  }

  // At most `limit` insertions, deletions, replacements or swaps turn a into the beginning of b.
  function close(a, b, limit) {
    if (b.length < a.length - limit) return false;
    let before = null, last = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const now = [i];
      for (let j = 1; j <= b.length; j++) {
        now[j] = Math.min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) now[j] = Math.min(now[j], before[j - 2] + 1);
      }
      if (Math.min(...now) > limit) return false;
      before = last; last = now;
    }
    return Math.min(...last) <= limit;
  }

  // Chinese is written without spaces: any two characters that stand together may be a word.
  function pairs(word) {
    return /^[\u3400-\u9fff]{3,}$/.test(word) ? [...word].slice(1).map((_, at) => word.slice(at, at + 2)) : [];
  }

  function resembles(row, words) {
    row.words ??= [...new Set(row.text.split(/[\s_./,-]+/))].filter((word) => word.length > 3);
    return words.every((word) => row.text.includes(word) || pairs(word).some((pair) => row.text.includes(pair)) || (word.length > 3 && row.words.some((other) =>
      other[0] === word[0] && close(word, other.slice(0, word.length + 2), word.length > 7 ? 2 : 1))));
  }

  // What is called like the words comes before what only mentions them.
  function rank(row, query) {
    const at = [row.name === query, row.stem === query, row.name.startsWith(query), row.stem.startsWith(query),
      row.name.includes(query) || row.stem.includes(query)].indexOf(true);
    return at < 0 ? 5 : at;
  }

  function search() {
    const query = fold(box.value.trim());
    const words = query.split(/\s+/).filter(Boolean);
    const exact = (row) => words.every((word) => row.text.includes(word) || row.loose.includes(loose(word) || word));
    let found = rows.filter(exact);
    const fuzzy = words.length > 0 && found.length === 0;
    if (fuzzy) found = rows.filter((row) => resembles(row, words));
    const shown = new Set(found);
    for (const row of rows) row.item.hidden = !shown.has(row);
    near.hidden = !(fuzzy && found.length);
    order(found, query);
  }

  let sequence = null;
  function order(found, query) {
    const by = sort.value;
    const key = { parameters: (row) => -row.item.dataset.parameters, status: (row) => -row.item.dataset.step }[by];
    const first = by === "name" ? (a, b) => a.name.localeCompare(b.name)
      : key ? (a, b) => key(a) - key(b)
      : query ? (a, b) => a.rank - b.rank
      : () => 0;
    for (const row of found) row.rank = query ? rank(row, query) : 0;
    const sorted = [...found].sort((a, b) => first(a, b) || a.place - b.place);
    const wanted = sorted.map((row) => row.place).join();
    // Moving hundreds of rows costs more than the search; most key presses move none.
    if (wanted !== sequence) list.prepend(...sorted.map((row) => row.item));
    sequence = wanted;
  }

  function chosen() {
    const choice = new URLSearchParams();
    if (box.value.trim()) choice.set("q", box.value.trim());
    for (const kind of kinds) if (form.elements[kind].value) choice.set(kind, form.elements[kind].value);
    if (sort.value) choice.set("sort", sort.value);
    return choice;
  }

  function keep() {
    const text = chosen().toString();
    history.replaceState(null, "", (text ? "?" + text : location.pathname) + location.hash);
  }

  let telling;
  function tell() {
    const choice = chosen();
    const fits = ({ item }) => !item.hidden && kinds.every((kind) => !choice.get(kind) || item.dataset[kind].split(" ").includes(choice.get(kind)));
    const count = rows.filter(fits).length;
    none.hidden = count > 0;
    clearTimeout(telling);
    // Said once the typing rests: a screen reader should not read every key.
    telling = setTimeout(() => { live.textContent = live.dataset.text.replace("#", count); }, 500);
  }

  // A long listing comes in pages; searching it means having them all.
  let whole = null;
  function fetchRest() {
    const others = all(".pages a:not([aria-current])");
    whole ??= Promise.all(others.map(async (link) => {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(answer.statusText);
      return all(".models > li", new DOMParser().parseFromString(await answer.text(), "text/html")).map((item) => {
        for (const a of all("a", item)) a.href = new URL(a.getAttribute("href"), link.href).href;
        return document.importNode(item, true);
      });
    })).then((parts) => {
      if (!parts.length) return;
      const rest = parts.flat();
      list.append(...rest);
      enrol(rest);
      for (const part of all(".parts, .pages")) part.hidden = true;
      search(); tell();
    }).catch(() => { whole = null; });  // the pages stay, and so does the next attempt
  }

  function update() {
    search(); keep(); tell();
    if (chosen().size) fetchRest();
  }

  function restore() {
    const choice = new URLSearchParams(location.search);
    box.value = choice.get("q") ?? "";
    for (const kind of kinds) {
      const option = all("input", form).find((input) => input.name === kind && input.value === (choice.get(kind) ?? ""));
      if (!option) continue;
      option.checked = true;
      if (option.value) option.closest("details")?.setAttribute("open", "");
    }
    if ([...sort.options].some((option) => option.value === choice.get("sort"))) sort.value = choice.get("sort");
    else sort.value = "";
  }

  enrol([...list.children]);
  for (const part of all(".search, .sort")) part.hidden = false;
  restore();
  if (chosen().size) update();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(() => { sort.value = ""; update(); }));
  sort.addEventListener("change", update);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.matches("input[type=search], select, textarea")) {
      event.preventDefault();
      box.focus();
    }
  });
}

// From a server, the shorter address of the same page is the one to share.
if (location.protocol !== "file:" && location.pathname.endsWith("/index.html")) {
  history.replaceState(null, "", location.pathname.slice(0, -"index.html".length) + location.search + location.hash);
}
