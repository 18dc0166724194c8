// Impact of each change by AWS's own comparison: logical id → impact.
import { createRequire } from "node:module";
const require = createRequire(process.cwd() + "/");
const { fullDiff } = require("@aws-cdk/cloudformation-diff");
const cases = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const impacts = cases.map(([before, after]) => {
  const found = {};
  fullDiff({ Resources: before }, { Resources: after }).resources.forEachDifference((id, change) => {
    found[id] = change.changeImpact;
  });
  return found;
});
console.log(JSON.stringify(impacts));
