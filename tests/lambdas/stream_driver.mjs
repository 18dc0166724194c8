// What the Lambda runtime for Node.js gives a streaming handler, over pipes: one event in, the framed stream out.
import { PassThrough } from "node:stream";

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, prelude) {
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

const { handler } = await import("../../lambdas/stream/handler.mjs");
let text = "";
for await (const chunk of process.stdin) text += chunk;
const stream = new PassThrough();
stream.on("error", () => {});
stream.pipe(process.stdout);
try {
  await handler(JSON.parse(text), stream, {});
} catch (error) {
  console.error(`unhandled: ${error.name}`);
  process.exitCode = 1;
}
