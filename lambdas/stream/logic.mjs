/** What a call through API Gateway means to InvokeEndpointWithResponseStream, and what goes back. */

/** The answer to a call that no model has to see, or null. */
export function refusal(event, contentTypes) {
  const given = header(event, "content-type") ?? "";
  const type = given.split(";")[0].trim().toLowerCase();
  return contentTypes.includes(type)
    ? null
    : { statusCode: 415, message: `Content-Type must be ${contentTypes.join(" or ")}, got: ${given || "none"}` };
}

/** The request to the endpoint. */
export function invocation(event, endpointName) {
  return {
    EndpointName: endpointName,
    ContentType: header(event, "content-type"),
    Accept: header(event, "accept"),
    Body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
  };
}

/** The answer to a call that failed before the first byte: 424 for the model, 400 for the request, else 502. */
export function failure(error) {
  const status = error.$metadata?.httpStatusCode ?? 500;
  if (status === 424) return { statusCode: 424, message: error.OriginalMessage ?? error.message };
  if (error.name === "ValidationError") return { statusCode: 400, message: error.message };
  return status < 500 ? { statusCode: 400, message: error.name } : { statusCode: 502, message: "The endpoint failed" };
}

/** The bytes of a response stream, as they come; throws what ends it too early. */
export async function* parts(body) {
  for await (const event of body) {
    if (event.PayloadPart?.Bytes) yield event.PayloadPart.Bytes;
  }
}

function header(event, name) {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}
