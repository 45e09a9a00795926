import { show } from "./plot.js";

// Replaces a live part without taking the reader's place away: focus, open tables, scroll and the
// row that is being read stay.
export function replacePart(key, html) {
  const part = document.querySelector(`[data-part="${CSS.escape(key)}"]`);
  if (!part) return;
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = [...part.querySelectorAll(".rows-scroll")].map((one) => [one.id, one.scrollTop]);
  const read = [...part.querySelectorAll(".plot[data-at]")].map((one) => [one.id, Number(one.dataset.at)]);
  part.innerHTML = html;
  for (const id of open) if (id) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, top] of scrolled) {
    const box = document.getElementById(id);
    if (box) box.scrollTop = top;
  }
  for (const [id, at] of read) {
    const plot = document.getElementById(id);
    if (plot) show(plot, at);
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
