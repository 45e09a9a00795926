// Reads a plot out: the pointer or the arrow keys pick a row of the table behind it.
export function readPlots(root) {
  root.addEventListener("pointermove", (event) => {
    const plot = event.target.closest(".plot[data-rows]");
    if (!plot) return;
    const box = plot.getBoundingClientRect();
    const rows = Number(plot.dataset.rows);
    show(plot, Math.floor(((event.clientX - box.left) / box.width) * rows));
  });
  root.addEventListener("pointerout", (event) => {
    const plot = event.target.closest(".plot[data-rows]");
    if (plot && !plot.contains(event.relatedTarget) && plot !== document.activeElement) hide(plot);
  });
  root.addEventListener("focusout", (event) => {
    if (event.target.matches?.(".plot[data-rows]")) hide(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const plot = event.target;
    if (!plot.matches?.(".plot[data-rows]")) return;
    const rows = Number(plot.dataset.rows);
    const at = Number(plot.dataset.at ?? -1);
    const next = {
      ArrowRight: at + 1, ArrowLeft: at < 0 ? rows - 1 : at - 1,
      PageDown: at + Math.ceil(rows / 8), PageUp: at - Math.ceil(rows / 8), Home: 0, End: rows - 1,
    }[event.key];
    if (next === undefined) {
      if (event.key === "Escape") hide(plot);
      return;
    }
    event.preventDefault();
    show(plot, next);
    const speech = document.getElementById("speech");
    if (speech) speech.textContent = plot.querySelector(".plot-tip")?.textContent ?? "";
  });
}

export function show(plot, wanted) {
  const rows = Number(plot.dataset.rows);
  const at = Math.min(rows - 1, Math.max(0, wanted));
  const table = plot.closest("[data-part]")?.querySelector("table");
  const row = table?.tBodies[0].rows[at];
  if (!row) return;
  plot.dataset.at = at;
  const left = ((at + 0.5) / rows) * 100;
  const cursor = plot.querySelector(".plot-cursor") ?? add(plot, "plot-cursor");
  cursor.style.left = `${left}%`;
  const tip = plot.querySelector(".plot-tip") ?? add(plot, "plot-tip");
  const list = document.createElement("dl");
  [...row.cells].forEach((cell, place) => {
    if (!cell.textContent) return;
    const term = document.createElement("dt");
    term.textContent = table.tHead.rows[0].cells[place].textContent;
    const value = document.createElement("dd");
    value.textContent = cell.textContent;
    list.append(term, " ", value, " ");
  });
  tip.replaceChildren(list);
  tip.style.left = left < 50 ? `calc(${left}% + 10px)` : "auto";
  tip.style.right = left < 50 ? "auto" : `calc(${100 - left}% + 10px)`;
}

function hide(plot) {
  plot.querySelector(".plot-cursor")?.remove();
  plot.querySelector(".plot-tip")?.remove();
  delete plot.dataset.at;
}

function add(plot, kind) {
  const made = document.createElement("div");
  made.className = kind;
  plot.append(made);
  return made;
}
