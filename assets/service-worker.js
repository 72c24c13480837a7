// Keeps the files of a build whose names hold the hash of their content, the font, and which language was read: nothing else, ever.
//
// No page, no answer about a person, nothing with money on it: whoever opens the wallet on a borrowed computer leaves
// nothing behind, and a balance that is shown is never an old one.

// Raised when what is kept, or how, changes: a worker that starts removes every cache but its own.
const CACHE = "wallet-files-1";

// A build has about a hundred files; those of builds before the last go, the oldest first.
const MAX_FILES = 300;

const KEPT = ["/assets/", "/fonts/"];

// What the page below says, in each language: the build writes it here, from the books of words.
const WORDS = /* words */ {};

// Shown in place of a page when there is no network. It stands here and in no cache, and holds no data.
const offline = (words) => `<!doctype html><html lang="${words.tag}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>${words.tab}</title><style>
:root{color-scheme:light dark;font:16px/1.5 ui-sans-serif,system-ui,sans-serif}
body{display:grid;place-items:center;min-height:100dvh;margin:0;padding:24px;box-sizing:border-box;text-align:center;
background:light-dark(#f5f6f8,#0b0e14);color:light-dark(#101828,#eef1f7)}
h1{font-size:24px;margin:0}p{margin:8px 0;color:light-dark(#475067,#b3bccd);max-width:22rem}
a{display:inline-grid;place-items:center;min-height:48px;padding:0 24px;margin-top:16px;border-radius:12px;
background:light-dark(#1d4fd7,#2f62e6);color:#fff;font-weight:600;text-decoration:none}
</style></head><body><main><h1>${words.title}</h1>
<p>${words.hint}</p>
<a href="">${words.again}</a></main></body></html>`;

const OFFLINE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
};

// The new worker takes over at once: it knows nothing that could disagree with a page of the old one.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (address.origin === self.location.origin && KEPT.some((folder) => address.pathname.startsWith(folder)))
    event.respondWith(file(event));
});

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  // The page is asked for while the worker starts, so that nobody waits for the worker.
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

// Always the server's own answer, or that there is none. Never kept: only in which language it was.
async function page(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    const language = answer.headers.get("content-language");
    if (language && language !== latest) event.waitUntil(remember((latest = language)).catch(() => {}));
    return answer;
  } catch {
    const words = await wordsToRead();
    return new Response(offline(words), { status: 503, headers: { ...OFFLINE_HEADERS, "content-language": words.tag } });
  }
}

// The language of the last page that came, which a worker that was stopped meanwhile knows, too.
let latest = null;

// Of the languages that we have: the one of the last page, else the first that the browser asks for, else English.
async function wordsToRead() {
  const wished = [latest ?? (await remembered().catch(() => null)), ...self.navigator.languages];
  const known = wished.map((tag) => WORDS[tag?.split("-")[0]]).find((words) => words);
  return known ?? WORDS.en;
}

// One entry in the browser's database of this origin: no cache is for this, and no cookie is for a worker.
function store(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("wallet", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("words");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = work(opening.result.transaction("words", mode).objectStore("words"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
      opening.result.close();
    };
  });
}

const remember = (language) => store("readwrite", (words) => words.put(language, "language"));
const remembered = () => store("readonly", (words) => words.get("language"));

async function file(event) {
  const cache = await caches.open(CACHE);
  // One address, one content: how it was asked for makes no other.
  const kept = await cache.match(event.request.url, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (isFile(answer)) event.waitUntil(keep(cache, event.request, answer.clone()));
  return answer;
}

// The server itself says which answers never change; a page that stands in for a missing file is none of them.
function isFile(answer) {
  return (
    answer.status === 200 &&
    answer.type === "basic" &&
    !answer.redirected &&
    (answer.headers.get("cache-control") ?? "").includes("immutable") &&
    !(answer.headers.get("content-type") ?? "").includes("html")
  );
}

async function keep(cache, request, answer) {
  await cache.put(request, answer);
  const files = await cache.keys();
  await Promise.all(files.slice(0, Math.max(0, files.length - MAX_FILES)).map((old) => cache.delete(old)));
}
