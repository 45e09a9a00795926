// The one stream of this tab. It closes after five hidden minutes and resumes with a fresh page.
import { replacePart } from "./parts.js";

const HIDDEN_MS = 5 * 60 * 1000;
const SPEAK_MS = 10 * 1000;

export function openStream(facts, ages) {
  let source = null;
  let hidden = 0;
  let last = facts.last;
  let spoken = 0;

  function open() {
    const query = new URLSearchParams({
      board: facts.board, topics: facts.topics.join(","), lang: facts.lang, last,
    });
    source = new EventSource(`/live?${query}`);
    source.addEventListener("open", () => ages.linked(true));
    source.addEventListener("error", () => ages.linked(false));
    source.addEventListener("resync", resync);
    for (const topic of facts.topics) source.addEventListener(topic, take);
  }

  function take(event) {
    last = event.lastEventId || last;
    const data = JSON.parse(event.data);
    ages.set(data);
    for (const [key, html] of Object.entries(data.parts)) replacePart(key, html);
    ages.tick();
    speak();
    document.documentElement.dataset.updates = Number(document.documentElement.dataset.updates || 0) + 1;
  }

  async function resync() {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) replacePart(part.dataset.part, part.innerHTML);
    const now = JSON.parse(fresh.getElementById("page-facts").textContent);
    last = now.last;
    ages.set(now);
    ages.tick();
  }

  function speak() {
    const sentence = document.querySelector("[data-speak]")?.textContent.replace(/\s+/g, " ").trim();
    const region = document.getElementById("speech");
    if (!sentence || sentence === region.textContent || Date.now() - spoken < SPEAK_MS) return;
    region.textContent = sentence;
    spoken = Date.now();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) {
      hidden = setTimeout(() => { source.close(); source = null; }, HIDDEN_MS);
    } else if (!source) {
      resync().then(open);
    }
  });
  addEventListener("pagehide", () => source?.close());
  open();
}
