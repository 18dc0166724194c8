"""A script that reads, predicts and writes itself."""

from serving.errors import RequestError


def model_fn(model_dir, context):
    assert context.system_properties == {"model_dir": model_dir, "gpu_id": None}
    return {}


def input_fn(body, content_type):
    if content_type == "text/teapot":
        raise RequestError("I am a teapot", 418)
    return [int(word) for word in body.split()]


def predict_fn(data, model, context):
    return sum(data)


def output_fn(prediction, accept, context):
    attributes = context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes")
    return f"<{prediction}>{attributes or ''}", "text/plain"
