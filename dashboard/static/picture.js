// Saves a panel as PNG: its drawings with their computed colours, its texts where they stand.
const NAMESPACE = "http://www.w3.org/2000/svg";
const COPIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-size", "font-weight", "vector-effect"];
const SCALE = 2;

export function savePictures(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-png]");
    if (!button) return;
    const panel = document.getElementById(button.dataset.png);
    const menu = button.closest("details");
    if (menu) menu.open = false;
    const address = URL.createObjectURL(await picture(panel));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${button.dataset.png}.png`;
    link.click();
    URL.revokeObjectURL(address);
  });
}

async function picture(panel) {
  const frame = panel.getBoundingClientRect();
  const style = getComputedStyle(panel);
  const sheet = document.createElementNS(NAMESPACE, "svg");
  set(sheet, { xmlns: NAMESPACE, width: frame.width, height: frame.height });
  const ground = document.createElementNS(NAMESPACE, "rect");
  const fill = style.backgroundColor === "rgba(0, 0, 0, 0)"
    ? getComputedStyle(document.body).backgroundColor : style.backgroundColor;
  set(ground, { width: "100%", height: "100%", fill });
  sheet.append(ground);
  for (const drawing of panel.querySelectorAll("svg")) place(sheet, drawing, frame);
  for (const text of texts(panel)) write(sheet, text, frame);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(sheet))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = frame.width * SCALE;
  canvas.height = frame.height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function place(sheet, drawing, frame) {
  const box = drawing.getBoundingClientRect();
  if (!box.width || !box.height) return;
  const copy = drawing.cloneNode(true);
  const originals = drawing.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((one, index) => {
    const style = getComputedStyle(originals[index]);
    for (const name of COPIED) one.setAttribute(name, style.getPropertyValue(name));
    if (one.tagName === "text") one.setAttribute("font-family", style.fontFamily);
  });
  set(copy, { x: box.left - frame.left, y: box.top - frame.top, width: box.width, height: box.height });
  copy.removeAttribute("class");
  sheet.append(copy);
}

function* texts(panel) {
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const skipped = node.parentElement.closest("svg, details, .visually-hidden, .plot-tip, [hidden]");
    if (!skipped && node.textContent.trim()) yield node;
  }
}

function write(sheet, node, frame) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (!box.width) return;
  const style = getComputedStyle(node.parentElement);
  const text = document.createElementNS(NAMESPACE, "text");
  set(text, {
    x: box.left - frame.left, y: box.bottom - frame.top - box.height * 0.24, fill: style.color,
    "font-size": style.fontSize, "font-weight": style.fontWeight, "font-family": style.fontFamily,
    textLength: box.width, lengthAdjust: "spacingAndGlyphs",
  });
  text.textContent = node.textContent.replace(/\s+/g, " ").trim();
  sheet.append(text);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
