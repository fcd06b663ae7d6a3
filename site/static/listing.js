// What a listing gains with scripts: search, sorting, counts that follow the choice, keys, and an address that keeps
// it all. Filters and every link work without. Names and labels are searched with MiniSearch and texts with Pagefind,
// where the build found them; without them, by the letters alone.
"use strict";

{
  const list = document.querySelector(".models");
  const form = document.querySelector(".filters");
  const box = form.elements.q;
  const sort = document.getElementById("sort");
  const live = document.querySelector(".live");
  const none = document.querySelector(".nothing");
  const near = document.querySelector(".near");
  const texts = document.querySelector(".texts");
  const fields = all("fieldset.facet").map((field) => ({ kind: field.querySelector("input").name, inputs: all("input", field) }));
  const kinds = fields.map((field) => field.kind);
  let rows = [];

  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const loose = (text) => text.replace(/[\s_.-]+/g, "");
  const CHINESE = /[\u3400-\u9fff]+/g;

  function enrol(items) {
    for (const item of items) {
      const part = (selector) => fold(item.querySelector(selector).textContent);
      const text = [part(".summary"), part(".meta"), fold(item.dataset.words)].join(" ");
      const name = part("h2 a"), uid = part(".uid");
      rows.push({
        id: rows.length, item, name, uid, text, whole: `${name} ${uid} ${text}`, loose: loose(`${name} ${uid}`), joined: loose(name.split(/[·:：(（]/)[0]),
        stem: uid.split("/").pop(), labels: fold(item.dataset.words), place: rows.length, rank: 0,
        tokens: Object.fromEntries(kinds.map((kind) => [kind, (item.dataset[kind] ?? "").split(" ").filter(Boolean)])),
        scores: Object.fromEntries((item.dataset.scores ?? "").split(" ").filter(Boolean).map((pair) => {
          const at = pair.lastIndexOf("=");
          return [pair.slice(0, at), Number(pair.slice(at + 1))];
        })),
      });
    }
    index = null;
  }

  /* Searching names and labels ---------------------------------------------------------------- */

  // Chinese is written without spaces: any two characters that stand together may be a word.
  function words(text) {
    const made = fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    return made.flatMap((word) => {
      const pairs = (word.match(CHINESE) ?? []).flatMap((run) => run.length < 3 ? [run] : [...run].slice(1).map((_, at) => run.slice(at, at + 2)));
      const rest = word.replace(CHINESE, " ").split(" ").filter(Boolean);
      // What joins letters and digits is found by its parts too: resnet50 by "resnet" and by "50".
      const parts = rest.flatMap((one) => { const found = one.match(/\p{L}+|\p{N}+/gu) ?? []; return found.length > 1 ? [one, ...found] : [one]; });
      return [...pairs, ...parts];
    });
  }

  let index = null;
  function engine() {
    if (!index && window.MiniSearch) {
      index = new window.MiniSearch({
        fields: ["name", "uid", "labels", "text"], tokenize: words, processTerm: (term) => term,
        searchOptions: {
          // For what is typed, a word is taken whole: its parts would find every name with a number in it.
          tokenize: (text) => words(text).filter((word, _, found) => !found.some((other) => other !== word && other.startsWith(word) && /\d/.test(other) && !/^\d/.test(other))),
          boost: { name: 6, uid: 3, labels: 2 }, combineWith: "AND",
          prefix: (term) => !/^[\u3400-\u9fff]/.test(term),
          fuzzy: (term) => /^[\u3400-\u9fff]|^\d+$/.test(term) ? false : term.length > 7 ? 2 : term.length > 3 ? 1 : false,
        },
      });
      index.addAll(rows);
    }
    return index;
  }

  // What is called like the words comes before what only mentions them.
  function rank(row, query) {
    const at = [row.name === query || row.stem === query, row.name.startsWith(query) || row.stem.startsWith(query),
      row.name.includes(query) || row.stem.includes(query)].indexOf(true);
    return at < 0 ? 3 : at;
  }

  // How many letters have to be put in, left out or changed to make one text of the other.
  function apart(one, other) {
    let before = [...Array(other.length + 1).keys()];
    for (let i = 1; i <= one.length; i++) {
      const line = [i];
      for (let j = 1; j <= other.length; j++) line.push(Math.min(before[j] + 1, line[j - 1] + 1, before[j - 1] + (one[i - 1] !== other[j - 1])));
      before = line;
    }
    return before[other.length];
  }

  function find(query) {
    const asked = query.split(/\s+/).filter(Boolean);
    const exact = rows.filter((row) => asked.every((word) => row.whole.includes(word) || row.loose.includes(loose(word) || word)));
    for (const row of rows) row.rank = 1e6;
    exact.forEach((row) => { row.rank = rank(row, query) * 1000; });
    if (exact.length || !engine()) return [exact, false];
    const answers = index.search(query);
    // Far below the best answer is noise: one letter more or less makes many names alike.
    const found = answers.filter((answer) => answer.score >= answers[0].score / 8).map((answer) => rows[answer.id]);
    // A name that is nearly the query comes before names that only contain something like it.
    const whole = loose(query), slips = new Map(found.map((row) => [row, Math.min(apart(whole, row.joined), 3)]));
    found.sort((a, b) => slips.get(a) - slips.get(b));
    found.forEach((row, at) => { row.rank = at; });
    return [found, true];
  }

  function search() {
    const query = fold(box.value.trim());
    const [found, fuzzy] = query ? find(query) : [rows, false];
    const shown = new Set(found), choice = chosen();
    for (const row of rows) {
      row.found = shown.has(row);
      row.missed = kinds.filter((kind) => choice.get(kind) && !row.tokens[kind].includes(choice.get(kind)));
      const hidden = !row.found || row.missed.length > 0;
      // Setting what is set already would still make the browser look at the row again.
      if (row.item.hidden !== hidden) row.item.hidden = hidden;
    }
    near.hidden = !(fuzzy && found.length && !/^[\u3400-\u9fff\s]+$/.test(query));
    order(found, query);
  }

  let sequence = null;
  function order(found, query) {
    const by = sort.value, data = (row, name) => row.item.dataset[name];
    const lower = sort.selectedOptions[0]?.dataset.lower !== undefined ? 1 : -1;
    const last = (value) => value === undefined ? Infinity : lower * value;
    const compare = {
      "": (a, b) => query ? a.rank - b.rank : 0,
      name: (a, b) => a.name.localeCompare(b.name),
      updated: (a, b) => data(b, "updated").localeCompare(data(a, "updated")),
      parameters: (a, b) => data(b, "count") - data(a, "count"),
      size: (a, b) => data(b, "size") - data(a, "size"),
      status: (a, b) => data(b, "step") - data(a, "step"),
    }[by] ?? ((a, b) => { const [x, y] = [last(a.scores[by]), last(b.scores[by])]; return x === y ? 0 : x - y; });
    const sorted = [...found].sort((a, b) => compare(a, b) || a.place - b.place);
    const wanted = sorted.map((row) => row.place).join();
    // Moving hundreds of rows costs more than the search; most key presses move none.
    if (wanted !== sequence) list.prepend(...sorted.map((row) => row.item));
    sequence = wanted;
  }

  /* Searching texts --------------------------------------------------------------------------- */

  let reader, asked = 0;
  async function read(query) {
    if (!texts) return;
    const mine = ++asked;
    if (query.length < 2) { texts.hidden = true; return; }
    await new Promise((done) => setTimeout(done, 250));
    if (mine !== asked) return;
    try {
      reader ??= import(new URL(texts.dataset.reader, document.baseURI).href).then(async (made) => { await made.options({ excerptLength: 22 }); return made; });
      const answer = await (await reader).search(query);
      const best = await Promise.all(answer.results.slice(0, 8).map((result) => result.data()));
      if (mine !== asked) return;
      const items = best.map((page) => {
        const item = document.createElement("li"), link = document.createElement("a"), said = document.createElement("p");
        link.href = new URL(page.meta.path, new URL(texts.dataset.home, document.baseURI)).href;
        link.textContent = page.meta[`title-${texts.dataset.language}`] ?? page.meta.title;
        // The excerpt is escaped text with <mark> around the words found; only that is kept of it.
        for (const node of new DOMParser().parseFromString(page.excerpt, "text/html").body.childNodes) {
          const marked = node.nodeName === "MARK" ? document.createElement("mark") : null;
          if (marked) { marked.textContent = node.textContent; said.append(marked); } else said.append(node.textContent);
        }
        item.append(link, said);
        return item;
      });
      texts.querySelector("ul").replaceChildren(...items);
      texts.hidden = items.length === 0;
    } catch { texts.hidden = true; }  // opened from the disk, or the index is not there
  }

  /* The choice -------------------------------------------------------------------------------- */

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
    // The other way to list the same, and the other language, keep the choice.
    for (const link of all(".switch a, li.language a")) link.href = link.href.split("?")[0] + (text ? "?" + text : "");
  }

  let telling;
  function tell() {
    const counts = Object.fromEntries(kinds.map((kind) => [kind, new Map()]));
    let count = 0;
    for (const row of rows) {
      const { missed } = row;
      if (!row.found) continue;
      if (!missed.length) count++;
      if (missed.length > 1) continue;
      // A value's number is what choosing it would show: all filters but its own have to fit.
      for (const kind of missed.length ? missed : kinds) for (const token of row.tokens[kind]) counts[kind].set(token, (counts[kind].get(token) ?? 0) + 1);
    }
    for (const { kind, inputs } of fields) for (const input of inputs) {
      if (!input.value) continue;
      const number = counts[kind].get(input.value) ?? 0, label = input.parentElement;
      const said = number.toLocaleString("en");
      if (label.lastElementChild.textContent !== said) label.lastElementChild.textContent = said;
      label.parentElement.classList.toggle("empty", !number && !input.checked);
    }
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
    read(box.value.trim());
    if (chosen().size) fetchRest();
  }

  function restore() {
    const choice = new URLSearchParams(location.search);
    box.value = choice.get("q") ?? "";
    for (const { kind, inputs } of fields) {
      const option = inputs.find((input) => input.value === (choice.get(kind) ?? ""));
      if (!option) continue;
      option.checked = true;
      if (option.value) for (let up = option.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    }
    if ([...sort.options].some((option) => option.value === choice.get("sort"))) sort.value = choice.get("sort");
    else sort.value = "";
  }

  /* Keys -------------------------------------------------------------------------------------- */

  const links = () => all("h2 a", list).filter((link) => link.checkVisibility());

  function step(event, from) {
    const found = links(), at = found.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (at < 0 ? box : found[Math.min(at, found.length - 1)] ?? box).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target, link = target.closest(".models h2 a");
    const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (event.key === "/" && !target.matches("input[type=search], select, textarea")) { event.preventDefault(); box.focus(); box.select(); }
    else if (target === box && event.key === "ArrowDown") step(event, null);
    else if (link && arrow) step(event, link);
    else if (event.key === "Escape" && link) box.focus();
    else if (event.key === "Escape" && target === box && box.value) { event.preventDefault(); box.value = ""; update(); }
    else if (event.key === "Enter" && target === box) { event.preventDefault(); if (box.value.trim()) links()[0]?.focus(); }
  });

  enrol([...list.children]);
  // Here rows are hidden one by one; hundreds of rules that look at everything would make each key press slow.
  document.querySelector("link[data-filters]").disabled = true;
  for (const part of all(".search, .sort")) part.hidden = false;
  restore();
  if (chosen().size) update();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(() => { sort.value = ""; update(); }));
  sort.addEventListener("change", update);

  // Fetched when the first word is likely, not with the page; by then the index is made as well.
  function prepare() {
    box.removeEventListener("focus", prepare);
    // Not form.dataset: a filter is called that, and forms give their fields by name.
    const source = form.getAttribute("data-engine");
    if (!source || window.MiniSearch || document.querySelector("script[data-engine]")) return;
    const script = document.createElement("script");
    script.src = source;
    script.dataset.engine = "";
    script.addEventListener("load", () => { engine(); if (box.value.trim()) update(); });
    document.head.append(script);
  }
  box.addEventListener("focus", prepare);
  if (box.value.trim()) prepare();
  else if (window.requestIdleCallback) requestIdleCallback(prepare, { timeout: 4000 });
}
