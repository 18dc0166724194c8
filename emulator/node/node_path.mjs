// Lets ES modules find the packages of NODE_PATH, as CommonJS modules do, where they find them nowhere else.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !specifier.startsWith("@aws-sdk/")) throw error;
    return next(pathToFileURL(require.resolve(specifier)).href, context);
  }
}
