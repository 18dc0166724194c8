"""A script that counts a session's requests."""

import os


def model_fn(model_dir):
    return None


def transform_fn(model, body, content_type, accept, context):
    if context.session is None:
        return "no session"
    count = context.session.folder / "count"
    if body == b"fail":
        raise RuntimeError
    if body == b"close":
        context.session.close()
        return "closed"
    seen = int(count.read_text()) if count.is_file() else 0
    count.write_text(str(seen + 1))
    if body == b"stream":
        return (word for word in ["a", "b"])
    return f"{seen + 1} {os.getpid()}"
