"""AWS's services in memory, for functions that may be killed at each of their calls."""

import re
from typing import Any, cast

_EXPRESSIONS = ("ConditionExpression", "KeyConditionExpression", "UpdateExpression")
_WORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "begins_with", "attribute_not_exists"}


class ServiceError(Exception):
    """What a service refuses, with its code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class KilledError(BaseException):
    """The function ends in the middle; nothing in it can catch that."""


class ServicesInMemory:
    """Answers each call by the method of its name, until the function dies: before that call, or after it."""

    def __init__(self) -> None:
        self.calls_until_death: int | None = None
        self.dies_after_the_call = False

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if self.calls_until_death == 0 and not self.dies_after_the_call:
            raise KilledError
        self.asked(operation)
        refuse_bare_words(arguments)
        answer = getattr(self, operation)(**arguments)
        if self.calls_until_death is not None:
            self.calls_until_death -= 1
            if self.calls_until_death < 0:
                raise KilledError
        return answer

    def asked(self, operation: str) -> None:
        """Before a call is answered."""

    def code_of(self, error: Exception) -> str | None:
        return error.code if isinstance(error, ServiceError) else None


def refuse_bare_words(request: object) -> None:
    """DynamoDB refuses reserved words in expressions: every attribute has to have an alias that is declared."""
    if isinstance(request, list):
        for each in cast(list[object], request):
            refuse_bare_words(each)
    if not isinstance(request, dict):
        return
    given = cast(dict[str, Any], request)
    declared = given.get("ExpressionAttributeNames", {}).keys() | given.get("ExpressionAttributeValues", {}).keys()
    used = {word for name, each in given.items() if name in _EXPRESSIONS for word in re.findall(r"[#:]?\w+", each)}
    assert used - _WORDS == declared
    for each in given.values():
        refuse_bare_words(each)
