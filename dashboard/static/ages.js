// Keeps the time of the world, the age of each number and the dot running between two updates.
// The dot follows the age of the data, not the socket.
const SECOND = 1_000_000;
const JAPAN = { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", hour12: false };

export function startAges(first) {
  const words = first.words;
  let facts = first;
  let since = performance.now();
  let isLinked = true;
  const clock = new Intl.DateTimeFormat("en-GB", JAPAN);

  const elapsed = () => (performance.now() - since) * 1000;
  const received = () => facts.received + elapsed() * facts.receivedPace;
  const say = (key, n) => words[key].replace("{n}", n);

  function ago(age) {
    const seconds = Math.max(0, Math.floor(age / SECOND));
    if (seconds < 100) return say("age.seconds", seconds);
    if (seconds < 6000) return say("age.minutes", Math.floor(seconds / 60));
    return say("age.hours", Math.floor(seconds / 3600));
  }

  function span(age) {
    const seconds = Math.max(0, Math.floor(age / SECOND));
    return seconds < 100 ? say("seconds", seconds) : say("minutes", Math.floor(seconds / 60));
  }

  function freshness() {
    if (!facts.heard) return ["none", words.none];
    if (facts.pace === 0) return ["paused", words.paused];
    const age = received() - facts.heard;
    if (age > facts.staleAfter) return ["stale", words.stale];
    if (!isLinked) return ["delayed", words.unlinked];
    if (age > facts.liveWithin) return ["delayed", say("delayed", span(age))];
    return ["live", words.live];
  }

  function tick() {
    const world = new Date((facts.now + elapsed() * facts.pace) / 1000);
    const face = document.getElementById("world-clock");
    const shown = clock.format(world);
    if (face.textContent !== shown) face.textContent = shown;
    for (const one of document.querySelectorAll("time[data-age]")) {
      one.textContent = ago(received() - Number(one.dataset.age));
    }
    const [state, word] = freshness();
    const pulse = document.getElementById("pulse");
    if (pulse.dataset.state !== state) {
      pulse.dataset.state = state;
      pulse.className = `pulse pulse-${state}`;
    }
    const label = document.getElementById("pulse-word");
    if (label.textContent !== word) label.textContent = word;
  }

  if (first.topics.length) {
    setInterval(tick, 1000);
    tick();
  }
  return {
    tick,
    set(next) { facts = { ...facts, ...next }; since = performance.now(); isLinked = true; },
    linked(yes) { isLinked = yes; tick(); },
  };
}
