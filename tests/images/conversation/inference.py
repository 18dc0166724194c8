"""A script that answers messages of a stream, and remembers what it was told."""

import time


def model_fn(model_dir):
    return {"opened": 0}


def stream_fn(message, model, context):
    if message == "slow":
        time.sleep(2)
        return "done"
    if message == "fail":
        raise RuntimeError("secret detail")
    if message == "refuse":
        raise ValueError("not this one")
    if isinstance(message, bytes):
        return message[::-1]
    if message == "quiet":
        return None
    words = context.state.setdefault("words", [])
    words.append(message)
    return iter(words)
