// Puts two to four models side by side, from their JSON. The address keeps the choice: ?m=<uid>&m=<uid>.
"use strict";

{
  const MOST = 4;
  const page = document.querySelector(".compare");
  const { root, home, models, none, missing, remove, language } = page.dataset;
  const form = page.querySelector(".pick"), box = form.querySelector("input"), list = form.querySelector("datalist");
  const said = form.querySelector(".said"), side = page.querySelector(".side"), head = side.querySelector("thead tr");
  const cards = new Map();
  let chosen = [], known = null;

  const number = (value) => value == null ? "" : value.toLocaleString(document.documentElement.lang);
  const label = (named) => named ? named[language] : "";
  // Names, sentences and scores stand in the JSON as the pages of each language say them.
  const texts = (card) => card.texts[language];
  const scores = (card, which) => texts(card).scores.filter((score) => score[which])
    .map((score) => [`${score.metric} ${score[which]}`, score.dataset].filter(Boolean).join(" · ")).join("\n");
  const ports = (items) => items.map((item) => `${item.name} ${item.shape.join(" × ")} ${item.dtype}`.trim()).join("\n");
  const read = {
    summary: (card) => texts(card).summary,
    publisher: (card) => card.publisher,
    mindspore: (card) => card.mindspore_version,
    task: (card) => label(card.task) || label(card.domain),
    dataset: (card) => label(card.dataset),
    scores: (card) => scores(card, "claimed"),
    measured: (card) => scores(card, "measured"),
    parameters: (card) => number(card.parameters),
    files: (card) => card.files.map((file) => [file.name, file.size && `${number(file.size)} B`].filter(Boolean).join(", ")).join("\n"),
    license: (card) => card.license,
    status: (card) => [texts(card).status, texts(card).reason].filter(Boolean).join("\n"),
    checked: (card) => [card.status.date, card.status.mindspore && `MindSpore ${card.status.mindspore}`, card.status.device].filter(Boolean).join(", "),
    inputs: (card) => ports(card.inputs),
    outputs: (card) => ports(card.outputs),
    updated: (card) => card.updated,
  };

  const element = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  function value(field, card) {
    const foreign = field === "summary" && texts(card).summary_language !== document.documentElement.lang;
    return element("td", read[field](card) || none, foreign ? { lang: texts(card).summary_language } : {});
  }

  function show() {
    while (head.children.length > 1) head.lastChild.remove();
    for (const uid of chosen) {
      const cell = element("th", "", { scope: "col" });
      const button = element("button", remove, { type: "button", "aria-label": `${remove}: ${uid}` });
      button.addEventListener("click", () => choose(chosen.filter((other) => other !== uid)));
      cell.append(element("a", texts(cards.get(uid)).name, { href: `${home}${uid}/index.html` }), element("span", uid, { class: "uid" }), button);
      head.append(cell);
    }
    for (const row of side.querySelectorAll("tbody tr")) {
      while (row.children.length > 1) row.lastChild.remove();
      for (const uid of chosen) row.append(value(row.dataset.field, cards.get(uid)));
    }
    side.hidden = chosen.length === 0;
    form.hidden = chosen.length >= MOST;
  }

  async function choose(uids) {
    said.textContent = "";
    const wanted = [...new Set(uids)].slice(0, MOST);
    await Promise.all(wanted.filter((uid) => !cards.has(uid)).map(async (uid) => {
      try {
        const answer = await fetch(`${root}${uid.split("/").map(encodeURIComponent).join("/")}/index.json`);
        const card = answer.ok ? await answer.json() : null;
        if (card?.kind === "card") cards.set(uid, card);
      } catch { /* said below */ }
    }));
    if (wanted.some((uid) => !cards.has(uid))) said.textContent = missing;
    chosen = wanted.filter((uid) => cards.has(uid));
    const query = new URLSearchParams(chosen.map((uid) => ["m", uid])).toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query.replaceAll("%2F", "/")}` : ""));
    show();
  }

  async function offer() {
    if (known) return;
    known = [];
    try {
      known = (await (await fetch(models)).json()).models;
      list.replaceChildren(...known.map((model) => element("option", model.names[language], { value: model.uid })));
    } catch { known = null; }
  }

  // A name means its first card in the order of the listing.
  const uidOf = (text) => (known ?? []).find((model) => model.uid === text)?.uid
    ?? (known ?? []).find((model) => [model.names[language], model.name].some((name) => name.toLowerCase() === text.toLowerCase()))?.uid ?? text;

  form.hidden = false;
  box.addEventListener("focus", offer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await offer();
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    await choose([...chosen, uidOf(text)]);
  });
  choose(new URLSearchParams(location.search).getAll("m"));
}
