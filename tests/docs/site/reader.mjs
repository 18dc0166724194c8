// Somebody who reads the site in a browser: node reader.mjs '{"address", "pages", "questions", "pictures"}'.
// Prints where the browser asked, what went wrong, which pages are wider than a telephone, and what the search finds.
import chromium from "@sparticuz/chromium";
import { chromium as browsers } from "playwright-core";

const { address, pages, questions, pictures } = JSON.parse(process.argv[2]);
const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
const program = await chromium.executablePath();
const asked = new Set();
const wrong = [];

// This browser is one process: a page behind another one does not draw, and the last one that closes ends it.
const opened = [];
const open = async (options) => {
  const browser = await browsers.launch({ executablePath: program, args: [...chromium.args, ...quiet] });
  opened.push(browser);
  const page = await browser.newPage({ reducedMotion: "reduce", ...options });
  page.setDefaultTimeout(120_000);
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`${page.url()}: ${message.text()}`);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 400) wrong.push(`${answer.status()} ${answer.url()}`);
  });
  return page;
};

// Light, dark, and as wide as a telephone.
const seen = async (page, name, scheme) => {
  await page.goto(`${address}/${name}`);
  const wanted = { light: "default", dark: "slate" }[scheme];
  await page.waitForFunction((given) => document.body.dataset.mdColorScheme === given, wanted, { polling: 50 });
  if (pictures) await page.screenshot({ path: `${pictures}/${name.replaceAll("/", "-")}-${scheme}.png` });
  return page.evaluate(() => ({
    background: getComputedStyle(document.body).backgroundColor,
    wide: document.documentElement.scrollWidth > window.innerWidth,
  }));
};

const look = async () => {
  const found = {};
  const telephone = { viewport: { width: 390, height: 844 }, isMobile: true };
  const light = await open({ colorScheme: "light", ...telephone });
  for (const name of pages) found[name] = { light: await seen(light, name, "light") };
  const dark = await open({ colorScheme: "dark", ...telephone });
  for (const name of pages.slice(0, 3)) found[name].dark = await seen(dark, name, "dark");
  return found;
};

// What is listed, once it is something else than before.
const results = (before) => {
  const hosts = [...document.querySelectorAll("*")].filter((each) => each.shadowRoot);
  const links = hosts.flatMap((each) => [...each.shadowRoot.querySelectorAll("[id$=-results] a")]);
  const places = links.map((each) => new URL(each.href).pathname.slice(1));
  return places.length && JSON.stringify(places) !== before ? places : undefined;
};

const search = async () => {
  const page = await open({ viewport: { width: 1300, height: 900 } });
  await page.goto(`${address}/index.html`);
  await page.locator(".md-search__button").click();
  const field = page.getByLabel("Search", { exact: true }).locator("visible=true").last();
  const found = {};
  let before = "";
  for (const question of questions) {
    await field.fill(question);
    const places = await page.waitForFunction(results, before, { polling: 50, timeout: 20_000 }).catch(() => undefined);
    found[question] = places ? await places.jsonValue() : [];
    if (places) before = JSON.stringify(found[question]);
  }
  return found;
};

try {
  console.log(JSON.stringify({ pages: await look(), found: await search(), asked: [...asked], wrong }));
} finally {
  for (const browser of opened) await browser.close();
}
