// Asks Lighthouse about pages in a Chromium that runs already, with whoever is signed in there.
// In (stdin): {"port": 9222, "categories": ["seo"], "rounds": 3, "pages": [{"name": "...", "url": "...", "path": "/...", "skipped": []}]}
// Out (stdout): one line of JSON for each page, device and round.
import { readFileSync } from 'node:fs'
import lighthouse, { desktopConfig } from 'lighthouse'

// What a category's score is made of: the mean of its audits by their weights, without those that say nothing of this page.
const SAYS_NOTHING = ['notApplicable', 'informative', 'manual']

// A browser logs that the page it was sent to answered 404, also where it should. That line alone is no error.
function forgiveOwnAnswer(lhr, page) {
  const logged = lhr.audits['errors-in-console']
  const isOwn = (item) => item.sourceLocation?.url === page.url && item.description.includes('404')
  if (!page.skipped.includes('http-status-code') || logged?.score !== 0 || !logged.details.items.every(isOwn)) return
  logged.score = 1
  const category = lhr.categories['best-practices']
  const counted = category.auditRefs.filter(({ id, weight }) => weight > 0 && lhr.audits[id] && !SAYS_NOTHING.includes(lhr.audits[id].scoreDisplayMode))
  const sum = (of) => counted.reduce((total, ref) => total + ref.weight * of(lhr.audits[ref.id]), 0)
  category.score = sum(({ score }) => score) / sum(() => 1)
}

const asked = JSON.parse(readFileSync(0, 'utf8'))
// Each page as on a first visit, with nothing kept but the cookie, without which nobody is signed in.
const flags = { port: asked.port, onlyCategories: asked.categories, clearStorageTypes: ['file_systems', 'shader_cache', 'service_workers', 'cache_storage'], logLevel: 'error', output: 'json' }
const devices = { phone: undefined, desk: desktopConfig }

for (const page of asked.pages) {
  for (const [device, config] of Object.entries(devices)) {
    // Without this an answer of 404 is an error, and no page.
    const pageFlags = { ...flags, ignoreStatusCode: true, skipAudits: page.skipped }
    for (let round = 0; round < asked.rounds; round += 1) {
      const { lhr } = await lighthouse(page.url, pageFlags, config)
      forgiveOwnAnswer(lhr, page)
      const scores = Object.values(lhr.categories).map(({ id, score }) => [id, score === null ? null : Math.round(score * 100)])
      const counted = new Set(Object.values(lhr.categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => id)))
      const low = Object.values(lhr.audits).filter(({ id, score }) => counted.has(id) && score !== null && score < 0.9)
      const figure = (id) => lhr.audits[id]?.numericValue ?? null
      console.log(JSON.stringify({
        page: page.name,
        device,
        path: page.path,
        shown: new URL(lhr.finalDisplayedUrl).pathname,
        error: lhr.runtimeError?.message ?? null,
        scores: Object.fromEntries(scores),
        first_paint_ms: figure('first-contentful-paint'),
        largest_paint_ms: figure('largest-contentful-paint'),
        blocked_ms: figure('total-blocking-time'),
        layout_shift: figure('cumulative-layout-shift'),
        bytes: figure('total-byte-weight'),
        version: lhr.lighthouseVersion,
        low: low.map(({ id, title, displayValue }) => ({ id, title, value: displayValue ?? '' })),
      }))
    }
  }
}
