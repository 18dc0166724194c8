"""A script that logs, and fails."""

import logging


def model_fn(model_dir):
    logging.getLogger("churn").info("loaded %s", "weights")
    return


def transform_fn(model, body, content_type, accept):
    try:
        raise KeyError("missing")
    except KeyError:
        logging.getLogger("churn").exception("went on")
    raise RuntimeError("secret detail")
