// A board in the browser: the stream replaces the live parts, the clock and the ages keep running.
import { startAges } from "./ages.js";
import { readPlots } from "./plot.js";
import { savePictures } from "./picture.js";
import { openStream } from "./stream.js";

const facts = JSON.parse(document.getElementById("page-facts").textContent);
document.documentElement.classList.add("scripted");

const ages = startAges(facts);
readPlots(document.querySelector("main"));
savePictures(document);

document.addEventListener("click", (event) => {
  const copied = event.target.closest("[data-copy]");
  if (!copied) return;
  const field = document.getElementById(copied.dataset.copy);
  field.select();
  navigator.clipboard?.writeText(field.value).then(() => {
    copied.textContent = facts.words.copied;
  }, () => {});
});
// A menu closes when the reader goes elsewhere, and on Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.tools[open], details.look[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.tools[open], details.look[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

if (facts.topics.length) openStream(facts, ages);
document.documentElement.dataset.state = "ready";
