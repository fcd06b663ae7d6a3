// Finds tensors by a part of their name, in the table of the page or, where that would be too long, in its JSON.
"use strict";

{
  const MOST = 200;
  const search = document.querySelector(".tensor-search");
  const box = search.querySelector("input"), found = search.querySelector(".found");
  const tree = document.querySelector(".tree");
  const branches = [...tree.querySelectorAll("details")];
  const folded = branches.map((branch) => branch.open);
  const twin = tree.dataset.twin;
  let whole = null, tell;

  const say = (count) => {
    clearTimeout(tell);
    // Said once the typing rests: a screen reader should not read every key.
    tell = setTimeout(() => { found.textContent = box.value.trim() ? found.dataset.text.replace("#", count.toLocaleString()) : ""; }, 300);
  };

  function inPage(query) {
    let count = 0;
    for (const row of tree.querySelectorAll("tbody tr")) {
      const fits = row.cells[0].textContent.toLowerCase().includes(query);
      row.hidden = !fits;
      count += fits;
    }
    for (const table of tree.querySelectorAll(".scroll")) table.hidden = !table.querySelector("tbody tr:not([hidden])");
    // The innermost first, so that a branch knows about those inside.
    for (const [at, branch] of [...branches.entries()].reverse()) {
      const fits = Boolean(branch.querySelector("tbody tr:not([hidden])"));
      branch.hidden = !fits;
      branch.open = query ? fits : folded[at];
    }
    return count;
  }

  async function inTwin(query) {
    whole ??= (await (await fetch(twin)).json()).tensors.tensors;
    const these = query ? whole.filter((tensor) => tensor.name.toLowerCase().includes(query)) : [];
    tree.querySelector("tbody").replaceChildren(...these.slice(0, MOST).map((tensor) => {
      const row = document.createElement("tr");
      const cells = [tensor.name, tensor.shape.join(" × ") || "()", tensor.dtype, tensor.shape.reduce((a, b) => a * b, 1).toLocaleString(), `${tensor.nbytes.toLocaleString()} B`];
      row.append(...cells.map((text, at) => {
        const cell = document.createElement(at ? "td" : "th");
        if (!at) cell.scope = "row";
        cell.textContent = text;
        return cell;
      }));
      return row;
    }));
    tree.hidden = !these.length;
    return these.length;
  }

  search.hidden = false;
  box.addEventListener("input", async () => {
    const query = box.value.trim().toLowerCase();
    say(twin ? await inTwin(query) : inPage(query));
  });
}
