"""A script that does all in one function, and answers in chunks."""


def model_fn(model_dir):
    return "!"


def transform_fn(model, body, content_type, accept, context):
    assert context.get_request_header(0, "Content-Type") == content_type
    return (word + model.encode() for word in body.split()), "text/plain"
