// Loaded into each Node function: what AWS's runtime has and MiniStack's lacks, streaming handlers and the SDK for ESM.
const Module = require("node:module");
const { pathToFileURL } = require("node:url");

Module.register("./node_path.mjs", pathToFileURL(__filename));

// Newer releases would load it in a way that asks no hook; told this, MiniStack imports it.
Module._extensions[".mjs"] = (_module, filename) => {
  throw Object.assign(new Error(`${filename} is an ES module`), { code: "ERR_REQUIRE_ESM" });
};

const SEPARATOR = Buffer.alloc(8);

globalThis.awslambda = {
  /** Runs the handler to its end, and answers as a function does that does not stream. */
  streamifyResponse: (handler) => async (event, context) => {
    const { PassThrough } = require("node:stream");
    const chunks = [];
    const stream = new PassThrough();
    const read = (async () => {
      for await (const chunk of stream) chunks.push(chunk);
    })();
    read.catch(() => {}); // A stream that breaks off is the handler's error already.
    await handler(event, stream, context);
    stream.end();
    await read;
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf(SEPARATOR);
    const prelude = end < 0 ? { statusCode: 200 } : JSON.parse(whole.subarray(0, end));
    return { ...prelude, body: whole.subarray(end < 0 ? 0 : end + SEPARATOR.length).toString("utf8") };
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.write(JSON.stringify(prelude));
      stream.write(SEPARATOR);
      return stream;
    },
  },
};
