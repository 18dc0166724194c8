/** Passes a call through API Gateway to an endpoint, and the endpoint's response stream back as it comes. */

import { pipeline } from "node:stream/promises";
import { InvokeEndpointWithResponseStreamCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { failure, invocation, parts, refusal } from "./logic.mjs";

const endpointName = process.env.ENDPOINT_NAME;
const origin = process.env.ALLOWED_ORIGIN;
const shared = origin ? { "Access-Control-Allow-Origin": origin } : {};
const contentTypes = JSON.parse(process.env.CONTENT_TYPES);
// The caller decides whether to ask again: a second try would make the model work twice.
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const refused = refusal(event, contentTypes);
  if (refused) return answer(responseStream, refused);
  let response;
  try {
    response = await client.send(new InvokeEndpointWithResponseStreamCommand(invocation(event, endpointName)));
  } catch (error) {
    console.error(JSON.stringify({ error: error.name, message: error.message }));
    return answer(responseStream, failure(error));
  }
  const headers = { "Content-Type": response.ContentType ?? "application/octet-stream", ...shared };
  // An error from here on cannot change the status: it is thrown, and the caller sees the body break off.
  await pipeline(parts(response.Body), awslambda.HttpResponseStream.from(responseStream, { statusCode: 200, headers }));
});

async function answer(responseStream, { statusCode, message }) {
  const headers = { "Content-Type": "application/json", ...shared };
  await pipeline([JSON.stringify({ message })], awslambda.HttpResponseStream.from(responseStream, { statusCode, headers }));
}
