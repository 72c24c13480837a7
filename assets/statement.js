// A statement with its progress. The link works without this file, too: then the browser shows no more than it loads.
(() => {
  const size = new Intl.NumberFormat(document.documentElement.lang || "en-IN");
  let running = null;

  const part = (name) => document.querySelector(`[data-statement-part="${name}"]`);
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => size.format(values[name]));

  function show(rows, done) {
    const bar = part("bar"), panel = part("panel");
    panel.hidden = false;
    if (rows === null) bar.removeAttribute("value");
    else Object.assign(bar, { max: Math.max(rows, 1), value: done });
    // Screen readers are told every tenth of the way, not every part.
    const words = rows === null ? panel.dataset.waiting : fill(panel.dataset.counting, { done, rows });
    part("count").textContent = words;
    const tenth = rows ? Math.floor((10 * done) / rows) : -1;
    if (tenth !== show.tenth) part("said").textContent = words;
    show.tenth = tenth;
  }

  function end(error, words) {
    running = null;
    part("panel").hidden = true;
    part("error").textContent = error;
    part("said").textContent = words;
    show.tenth = undefined;
  }

  // Rows may hold line ends of their own, in quotes: lines are counted outside of them.
  function counter() {
    let isQuoted = false, lines = 0;
    return (bytes) => {
      for (const byte of bytes) {
        if (byte === 34) isQuoted = !isQuoted;
        else if (byte === 10 && !isQuoted) lines += 1;
      }
      return lines;
    };
  }

  async function load(href, signal) {
    const answer = await fetch(href, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) {
      const refusal = await answer.json().catch(() => ({}));
      throw Object.assign(new Error("refused"), { sentence: refusal.message });
    }
    const told = answer.headers.get("x-statement-rows");
    const rows = told === null ? null : Number(told);
    const count = counter(), parts = [];
    for (const reader = answer.body.getReader(); ; ) {
      const { value, done } = await reader.read();
      if (done) break;
      parts.push(value);
      // Before the rows stand the head and the opening balance, after them the closing balance.
      if (rows !== null) show(rows, Math.min(rows, Math.max(0, count(value) - 2)));
    }
    if (rows !== null && count([]) !== rows + 3) throw new Error("broken off");
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") || "");
    return [new Blob(parts, { type: answer.headers.get("content-type") }), name ? name[1] : "statement"];
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async function start(link) {
    const words = part("panel").dataset;
    running = new AbortController();
    const mine = running;
    part("error").textContent = "";
    show(null, 0);
    try {
      save(...(await load(link.getAttribute("href"), mine.signal)));
      end("", words.done);
    } catch (error) {
      if (mine.signal.aborted) end("", words.cancelled);
      else end(error.sentence || words.failed, "");
    }
    if (document.activeElement === document.body || document.activeElement === part("cancel")) link.focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-statement]");
    if (link && part("panel") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      if (!running) start(link);
    }
    if (event.target.closest('[data-statement-part="cancel"]') && running) running.abort();
  });
})();
