// The command palette: Ctrl+K (Cmd+K) leads to any page and to anybody who can be paid. It moves no money.
//
// Loaded when it is first opened, for most visits never open it: a page carries only the button and the listener
// (wallet_app/components/palette.py). The places are sifted here at once, the people come from /api/palette.

const REST_MS = 150; // somebody who types on is not answered for each letter
const MAX_QUERY_CHARACTERS = 80; // as long as the longest name

const STYLES = `
#palette{margin:10vh auto auto;padding:0;width:min(36rem,calc(100vw - 2rem));max-height:min(34rem,75dvh);overflow:hidden;
 flex-direction:column;border:1px solid var(--line);border-radius:1rem;background:var(--surface);color:var(--ink);
 box-shadow:var(--shadow-pop)}
#palette[open]{display:flex}
#palette::backdrop{background:rgb(0 0 0/.5)}
#palette-field{width:100%;min-height:3.5rem;padding:0 1.25rem;flex-shrink:0;border:0;border-bottom:1px solid var(--line);
 background:transparent;color:inherit;font:inherit;font-size:1rem;outline:0}
#palette-field:focus{border-bottom-color:var(--ring)}
#palette-field::placeholder{color:var(--ink-3);opacity:1}
#palette-list{overflow-y:auto;overscroll-behavior:contain;padding:.5rem;min-height:6rem}
#palette-list p{margin:0;padding:.5rem .75rem .25rem;font-size:.75rem;font-weight:500;color:var(--ink-3)}
#palette [role=option]{display:flex;align-items:center;gap:.75rem;min-height:2.75rem;padding:.375rem .75rem;
 border-radius:.75rem;font-size:.9375rem;color:inherit;text-decoration:none;cursor:pointer}
#palette [role=option][aria-selected=true]{background:var(--brand-soft);color:var(--brand-ink)}
#palette [hidden]{display:none!important}
#palette svg{width:18px;height:18px;margin:0 .375rem;flex-shrink:0}
#palette .who{min-width:0;flex:1}
#palette .who>*{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#palette small,#palette .last{font-size:.75rem;color:var(--ink-3)}
#palette .last{max-width:11rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#palette .face{display:grid;place-items:center;width:2rem;height:2rem;flex-shrink:0;border-radius:50%;color:#fff;
 font-size:.75rem;font-weight:600}
#palette-said{margin:0;padding:.75rem 1.25rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--ink-3)}
#palette-said:empty{padding:0;border:0}
@media (max-width:639px){#palette{margin-top:1rem}#palette .last{display:none}}
`;

// Elements are made from texts, never from markup: a name is a name, whatever it looks like.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function group(id, ...lines) {
  const heading = element("p", { id, "aria-hidden": "true" });
  return element("div", { role: "group", "aria-labelledby": id, hidden: "" }, heading, ...lines);
}

const field = element("input", {
  id: "palette-field", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", enterkeyhint: "go",
  maxlength: MAX_QUERY_CHARACTERS, "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list",
});
const places = group("palette-places");
const people = group("palette-people");
const list = element("div", { id: "palette-list", role: "listbox" }, places, people);
const said = element("p", { id: "palette-said", role: "status" });
const box = element("dialog", { id: "palette" }, field, list, said);

let timer = null; // of the question that waits for a rest in the typing
let asked = null; // the question that is on its way
let answered = null; // what the people that are shown were looked for with

const typed = () => field.value.trim();
const options = () => [...list.querySelectorAll("[role=option]")];
// What is shown for something else than what stands in the field can be clicked by its name, but Enter takes none of it.
const isOpenTo = (line) => !line.hidden && (line.parentElement !== people || answered === typed());
const lines = () => options().filter(isOpenTo);
const marked = () => lines().find((line) => line.getAttribute("aria-selected") === "true");

function mark(line) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === line));
  if (!line) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", line.id);
  line.scrollIntoView({ block: "nearest" });
}

function sift() {
  const words = typed().toLowerCase().split(/\s+/);
  for (const line of places.querySelectorAll("[role=option]")) {
    const own = line.dataset.words.split(" ");
    line.hidden = !words.every((word) => own.some((each) => each.startsWith(word)));
  }
  for (const each of [places, people]) each.hidden = !each.querySelector("[role=option]:not([hidden])");
}

function option(id, href, ...children) {
  return element("a", { id, href, role: "option", tabindex: "-1", "aria-selected": "false" }, ...children);
}

// The same drawing as in the sidebar, which every page has.
function drawing(path) {
  const drawn = document.querySelector(`aside a[href="${path}"] svg`)?.cloneNode(true);
  return drawn ? [drawn] : [];
}

function showPlaces({ label, hint, heading, lines: found }) {
  for (const each of [box, field, list]) each.setAttribute("aria-label", label);
  field.placeholder = hint;
  places.firstChild.textContent = heading;
  places.append(...found.map(({ path, name, words, drawn }) => {
    const line = option(`palette-to-${path.replaceAll("/", "-")}`, path, ...drawing(drawn), element("span", {}, name));
    line.dataset.words = words;
    return line;
  }));
}

function showPeople(query, { heading, said: words, lines: found }) {
  answered = query;
  people.replaceChildren(people.firstChild, ...found.map(({ id, name, phone, initials, tone, last, path }) =>
    option(`palette-${id}`, path,
      element("span", { class: "face", style: `background:var(--${tone})`, "aria-hidden": "true" }, initials),
      element("span", { class: "who" }, element("span", {}, name), element("small", { class: "num" }, phone)),
      element("span", { class: "last" }, last))));
  people.firstChild.textContent = heading;
  said.textContent = words;
}

async function look() {
  asked?.abort();
  asked = new AbortController();
  const query = typed(), { signal } = asked;
  const isFirst = !places.querySelector("[role=option]");
  const address = isFirst ? "/api/palette" : `/api/palette?q=${encodeURIComponent(query)}`;
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
    // Signed out meanwhile: the page itself knows where to go.
    if (answer.status === 401) return location.reload();
    answer = await answer.json();
  } catch {
    return; // another question has taken its place, or the page says itself that the network is gone
  }
  if (signal.aborted) return;
  if (answer.places) showPlaces(answer.places);
  if (answer.people) showPeople(isFirst ? "" : query, answer.people);
  else said.textContent = answer.message ?? "";
  const before = marked();
  sift();
  mark(before && isOpenTo(before) ? before : lines()[0]);
  if (isFirst && query) look();
}

function type() {
  clearTimeout(timer);
  timer = setTimeout(look, REST_MS);
  said.textContent = "";
  sift();
  mark(lines()[0]);
}

function step(by) {
  const all = lines(), at = all.indexOf(marked());
  mark(all[(Math.max(at, by < 0 ? 0 : -1) + by + all.length) % all.length]);
}

function press(event) {
  if (event.isComposing) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) step(by);
  else if (event.key === "Enter") marked()?.click();
  // The field is all that has a place in the order of tabs: it goes round, and Escape leads out.
  else if (event.key !== "Tab") return;
  event.preventDefault();
}

// To another page without loading everything anew; where the router does not answer, as any link.
function go(event) {
  const line = event.target.closest("[role=option]");
  if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
  box.close();
  const router = window.__reactRouterDataRouter;
  if (!router) return;
  event.preventDefault();
  router.navigate(line.getAttribute("href"));
}

field.addEventListener("input", type);
field.addEventListener("keydown", press);
list.addEventListener("click", go);
list.addEventListener("mousemove", (event) => {
  const line = event.target.closest("[role=option]");
  if (line && isOpenTo(line) && line !== marked()) mark(line);
});
box.addEventListener("click", (event) => event.target === box && box.close());
box.addEventListener("close", () => { clearTimeout(timer); asked?.abort(); });

const styles = new CSSStyleSheet();
styles.replaceSync(STYLES);
document.adoptedStyleSheets.push(styles);

/** Opens it, or closes it. Not above another dialog, where money may be waiting for a yes. */
export function toggle() {
  if (box.open) return box.close();
  const opener = document.querySelector("[data-palette]");
  if (!opener || document.querySelector("dialog[open],[role=dialog][data-state=open]")) return;
  if (!box.isConnected) document.body.append(box);
  // Until its own words are here it is called what its button is called.
  if (!box.ariaLabel) for (const each of [box, field, list]) each.ariaLabel = opener.innerText || opener.textContent;
  field.value = "";
  box.showModal();
  field.focus();
  sift();
  mark(lines()[0]);
  look();
}
