// Draws graphs: {"name": "digraph …"} on standard input becomes {"name": "<svg …"} on standard output.
const { instance } = require("@viz-js/viz");
const { readFileSync } = require("node:fs");

instance().then((viz) => {
  const graphs = Object.entries(JSON.parse(readFileSync(0, "utf8")));
  const pictures = graphs.map(([name, dot]) => [name, viz.renderString(dot, { format: "svg" })]);
  process.stdout.write(JSON.stringify(Object.fromEntries(pictures)));
});
