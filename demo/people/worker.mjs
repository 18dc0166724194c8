// Somebody who labels in a browser: node worker.mjs '{"address", "project", "count", "keys", "picture"}'.
// `keys` says by the name of an image what to press; of one that it does not name, what is chosen already is taken. Prints where the browser asked, and what it was refused.
import chromium from "@sparticuz/chromium";
import { chromium as browsers } from "playwright-core";

const { address, project, count, keys, picture } = JSON.parse(process.argv[2]);
const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
const program = await chromium.executablePath();
const browser = await browsers.launch({ executablePath: program, args: [...chromium.args, ...quiet] });
const asked = new Set();
const refused = [];
const page = await browser.newPage({ viewport: { width: 1000, height: 600 }, reducedMotion: "reduce" });
page.setDefaultTimeout(300_000);
page.on("request", (request) => asked.add(new URL(request.url()).origin));
page.on("console", (message) => {
  if (message.type() === "error") refused.push(message.text());
});
page.on("response", (answer) => {
  if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
});

const nextTask = () => page.waitForResponse((each) => each.url().includes("/api/dm/actions?id=next_task"));
// The address of the image that is shown and has been loaded, if it is another one than before.
const shown = (before) => {
  const image = [...document.querySelectorAll("img")].find((each) => each.src.startsWith("blob:"));
  return image?.complete && image.naturalWidth > 0 && image.src !== before ? image.src : "";
};

try {
  let given = nextTask();
  await page.goto(`${address}/projects/${project}/data?labeling=1`);
  let image = "";
  for (let number = 0; number < count; number += 1) {
    const task = await (await given).json();
    image = await (await page.waitForFunction(shown, image)).jsonValue();
    const uri = atob(new URL(task.data.image, address).searchParams.get("fileuri"));
    const key = keys[uri.split("/").pop()];
    if (key) await page.keyboard.press(key);
    await page.locator("input[type=radio]:checked").first().waitFor({ state: "attached" });
    if (number === 0) await page.screenshot({ path: picture });
    given = number + 1 < count ? nextTask() : page.waitForResponse((each) => /\/annotations/.test(each.url()));
    await page.keyboard.press("Control+Enter");
  }
  await given;
  console.log(JSON.stringify({ asked: [...asked], refused }));
} finally {
  await browser.close();
}
