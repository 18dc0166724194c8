"""Arguments of a job, which a script reads from its command line.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

from __future__ import annotations

from collections.abc import Sequence


class GlueArgumentError(Exception):
    """An argument that the script requires was not given."""


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:  # noqa: N802 - as Glue calls it
    """The values of `options` by name, and that of `JOB_NAME`; raises GlueArgumentError without one of them."""
    given: dict[str, str] = {}
    words = list(args[1:])
    for index, word in enumerate(words):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            following = words[index + 1 : index + 2]
            if not equals and not following and name in options:
                raise GlueArgumentError(f"argument --{name}: expected one argument")
            given[name] = value if equals else "".join(following)
    missing = [each for each in options if each not in given]
    if missing:
        required = ", ".join(f"--{each}" for each in missing)
        raise GlueArgumentError(f"the following arguments are required: {required}")
    return {each: given[each] for each in (*options, "JOB_NAME") if each in given}
