"use strict";
(() => {
  const rows = [...document.querySelectorAll("tr.clause")];
  const form = document.querySelector(".toolbar");
  const told = form.querySelector("output");
  const empty = document.querySelector(".empty");
  const cells = () => rows.filter(row => !row.hidden).map(row => [...row.querySelectorAll("td")].map(cell => cell.querySelector("button")));

  // Filters: a row has the marks that it passes.
  function filter() {
    const wanted = ["failing", "must", "differing"].filter(name => form.elements[name].checked);
    const untested = form.elements.untested.checked;
    for (const row of rows) {
      const marks = row.dataset.marks.split(" ");
      row.hidden = !wanted.every(mark => marks.includes(mark)) || (!untested && !marks.includes("tested"));
    }
    for (const body of document.querySelectorAll("tbody")) {
      body.hidden = !body.querySelector("tr.clause:not([hidden])");
    }
    const shown = rows.filter(row => !row.hidden).length;
    told.textContent = `${shown} of ${rows.length} clauses`;
    empty.hidden = shown > 0;
    rove();
  }

  // Keys: one cell is in the tab order; arrows, Home and End move between those that are shown.
  let current = null;
  function rove(to) {
    const all = cells().flat().filter(Boolean);
    if (to || !all.includes(current)) current = to || all[0] || null;
    for (const button of document.querySelectorAll("td button")) button.tabIndex = button === current ? 0 : -1;
  }
  function move(event) {
    const button = event.target.closest("td button");
    if (!button) return;
    const grid = cells();
    let line = grid.findIndex(row => row.includes(button));
    let column = grid[line].indexOf(button);
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key === "Home") column = grid[line].findIndex(Boolean);
    else if (event.key === "End") column = grid[line].findLastIndex(Boolean);
    else if (!(event.key in steps)) return;
    event.preventDefault();
    const [down, right] = steps[event.key] || [0, 0];
    do {
      line += down;
      column += right;
    } while (grid[line] && column >= 0 && column < grid[line].length && !grid[line][column]);
    const next = grid[line] && grid[line][column];
    if (!next) return;
    rove(next);
    next.focus();
  }

  // Details: the clause's dialog, with the store of the cell that opened it first.
  function open(slug, store) {
    const dialog = document.getElementById(slug);
    if (!dialog || dialog.tagName !== "DIALOG") return;
    const parts = [...dialog.querySelectorAll("section[data-store]")];
    parts.sort((one, other) => (other.dataset.store === store) - (one.dataset.store === store) || one.dataset.store - other.dataset.store);
    for (const part of parts) dialog.insertBefore(part, dialog.querySelector(".help"));
    dialog.showModal();
    dialog.scrollTop = 0;
    history.replaceState(null, "", `#${slug}/${store}`);
  }
  async function copy(button) {
    const text = button.parentElement.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page opened from a file has no clipboard of its own.
      const area = document.createElement("textarea");
      area.value = text;
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  form.addEventListener("change", filter);
  form.addEventListener("submit", event => event.preventDefault());
  document.querySelector(".matrix").addEventListener("keydown", move);
  document.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (!button) {
      if (event.target.tagName === "DIALOG") event.target.close(); // the backdrop
    } else if (button.dataset.opens) {
      rove(button);
      open(button.dataset.opens, button.dataset.store);
    } else if (button.classList.contains("close")) {
      button.closest("dialog").close();
    } else if (button.classList.contains("copy")) {
      copy(button);
    }
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
  }
  filter();
  const [slug, store] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (slug) open(slug, store || "0");
})();
