// Chromium as the user's browser: opens an address, does what the plan says, and reports what it saw.
//
//   node browser.mjs PLAN REPORT URL
//
// PLAN is a file of JSON:
//   steps       [["fill", selector, text] | ["click", selector] | ["press", key] | ["reach", until] | ["screenshot", path] |
//               ["back"] | ["reload"] | ["goto", address] | ["forget"] | ["hold", path] | ["inspect", name, heading]], in order
//               forget: drops the cookies; hold: the window does not leave for addresses with this path;
//               inspect: looks for faults of the page with this heading, narrow and wide, light and dark
//   until       part of the address or a selector (with `css:` before it) at which the user is done
//   colorScheme "light" (default) or "dark"
//   width       of the window, in CSS pixels (default 1280)
//   javaScript  whether the pages may run scripts (default true)
//   state       file with the cookies to start with, written at the end: two runs are one browser
//   trustedKey  base64 of the SHA-256 of a server's public key, whose certificates are trusted
//   limit       milliseconds for each step (default 20000)
//
// With SCREENSHOTS=DIRECTORY in the environment, "inspect" saves its pictures there, as NAME-WIDTH-SCHEME.png.
//
// REPORT is a file of JSON, written whole at the end, even when a step failed (then with `failure`):
//   finalUrl, title, text, status, headers   of the document in the window
//   navigations   addresses the window went through, redirects included, in order
//   history       addresses behind the back button, the shown one last
//   console       [{type, text}], errors and blocked loads included
//   requests      every "METHOD address" that Chromium sent, favicons and prefetches too, from its own network log
//   findings      what axe-core and the checks of "inspect" found, one line each
//   contentWidth  of the document, in CSS pixels: larger than `width` means that one must scroll sideways
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

const [planFile, reportFile, url] = process.argv.slice(2);
const plan = { steps: [], until: null, colorScheme: 'light', width: 1280, javaScript: true, trustedKey: null, state: null, limit: 20_000 };
Object.assign(plan, JSON.parse(readFileSync(planFile, 'utf8')));

// Widths for "inspect": a phone, a tablet, a desktop.
const WIDTHS = [360, 800, 1400];

const scratch = mkdtempSync(join(tmpdir(), 'browser-'));
const netLog = join(scratch, 'net-log.json');
const report = { finalUrl: null, navigations: [], history: [], console: [], requests: [], findings: [] };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    // The pages are the tests' own, and as root, or in a container, Chromium's sandbox cannot start.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Nothing leaves the machine: no name but loopback's is looked up.
    '--no-proxy-server',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
    ...(plan.trustedKey === null ? [] : [`--ignore-certificate-errors-spki-list=${plan.trustedKey}`]),
    `--log-net-log=${netLog}`,
    '--net-log-capture-mode=IncludeSensitive',
  ],
});
try {
  const context = await browser.newContext({
    colorScheme: plan.colorScheme,
    viewport: { width: plan.width, height: 800 },
    javaScriptEnabled: plan.javaScript,
    ...(plan.state !== null && existsSync(plan.state) ? { storageState: plan.state } : {}),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(plan.limit);
  watch(page);
  try {
    await walk(page);
  } catch (error) {
    report.failure = String(error);
    process.exitCode = 1;
  }
  await look(context, page);
  if (plan.state !== null) await context.storageState({ path: plan.state });
} finally {
  await browser.close();
}
report.requests = requests();
rmSync(scratch, { recursive: true });
writeFileSync(`${reportFile}.part`, JSON.stringify(report, null, 1));
renameSync(`${reportFile}.part`, reportFile);

function watch(page) {
  page.on('console', (message) => report.console.push({ type: message.type(), text: message.text() }));
  page.on('pageerror', (error) => report.console.push({ type: 'pageerror', text: String(error) }));
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) report.navigations.push(request.url());
  });
  page.on('response', (response) => {
    const request = response.request();
    if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return;
    report.status = response.status();
    report.headers = response.headers();
  });
}

async function walk(page) {
  await page.goto(url, { waitUntil: 'load' });
  let until = plan.until;
  for (const [step, ...operands] of plan.steps) {
    // A screenshot, a reload or a step back belongs to the page that the user waits for.
    if (until !== null && !['fill', 'click', 'press', 'reach'].includes(step)) {
      await reach(page, until);
      until = null;
    }
    await take(page, step, operands);
  }
  if (until !== null) await reach(page, until);
}

async function take(page, step, [first, second]) {
  switch (step) {
    case 'fill':
      return page.fill(first, second);
    case 'click':
      return page.click(first);
    case 'press':
      return page.keyboard.press(first);
    case 'reach':
      return reach(page, first);
    case 'screenshot':
      return page.screenshot({ path: first, fullPage: true });
    case 'back':
      return page.goBack();
    case 'reload':
      return page.reload();
    case 'goto':
      return page.goto(first, { waitUntil: 'load' });
    case 'forget':
      return page.context().clearCookies();
    case 'hold':
      // A navigation to "no content" leaves the shown page in the window.
      return page.route((address) => address.pathname === first, (route) => route.fulfill({ status: 204 }));
    case 'inspect':
      return inspect(page, first, second);
    default:
      throw new Error(`no such step: ${step}`);
  }
}

async function inspect(page, name, heading) {
  await page.locator('h1', { hasText: heading }).waitFor();
  // Evaluated by the debugger, so the content security policy of the page stays as it is.
  await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const shown = `${name}-${width}-${colorScheme}`;
      // Contrast depends on the scheme, and small windows have the most faults.
      const found = await page.evaluate(faults, width === WIDTHS[0]);
      report.findings.push(...found.map((fault) => `${shown}: ${fault}`));
      if (process.env.SCREENSHOTS) {
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${shown}.png`), fullPage: true });
      }
    }
  }
}

// Runs in the page.
async function faults(isAudited) {
  const found = [];
  if (isAudited) {
    const { violations, incomplete } = await globalThis.axe.run(document, { rules: { 'target-size': { enabled: true } } });
    for (const { id, nodes } of [...violations, ...incomplete]) {
      found.push(...nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
    }
  }
  // The rules of this program's pages: a click selects a whole code, and the first control has the focus.
  for (const code of document.querySelectorAll('code, span.code')) {
    if (getComputedStyle(code).userSelect !== 'all') found.push(`a click selects a part only: ${code.outerHTML}`);
  }
  const first = document.querySelector('button, a.go, input[type=text]');
  if (first !== null && document.activeElement !== first) found.push(`without the focus: ${first.outerHTML}`);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`one must scroll sideways: ${scrollWidth} of ${clientWidth} pixels`);
  return found;
}

async function reach(page, until) {
  if (until.startsWith('css:')) return page.waitForSelector(until.slice('css:'.length));
  await page.waitForURL((address) => String(address).includes(until));
  return page.waitForLoadState('load');
}

async function look(context, page) {
  report.finalUrl = page.url();
  report.title = await page.title();
  report.text = await page.innerText('body').catch(() => null);
  report.contentWidth = await page.evaluate(() => document.documentElement.scrollWidth).catch(() => null);
  const devtools = await context.newCDPSession(page);
  const { entries, currentIndex } = await devtools.send('Page.getNavigationHistory');
  report.history = entries.slice(0, currentIndex + 1).map((entry) => entry.url);
}

// Playwright hides favicons and prefetches; the network log of Chromium itself does not.
function requests() {
  const { constants, events } = JSON.parse(readFileSync(netLog, 'utf8'));
  const start = constants.logEventTypes.URL_REQUEST_START_JOB;
  return events
    .filter(({ type, params }) => type === start && params?.url)
    .filter(({ params }) => /^https?:/.test(params.url))
    .map(({ params }) => `${params.method} ${params.url}`);
}
