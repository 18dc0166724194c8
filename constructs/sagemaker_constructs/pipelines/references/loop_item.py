"""What a loop goes through, inside its body."""

from collections.abc import Mapping

from sagemaker_constructs.pipelines.references.expression import Expression


class LoopItem(Expression):
    """The item that a ``ForEachStep`` is at: ``LoopItem()``, and ``LoopItem().name`` for an object's member.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    def __init__(self, path: str = "ForEach.CurrentItem") -> None:
        self._path = path

    def __getattr__(self, name: str) -> "LoopItem":
        if name.startswith("_"):
            raise AttributeError(name)
        return LoopItem(f"{self._path}.{name}")

    def __getitem__(self, key: str | int) -> "LoopItem":
        return LoopItem(f"{self._path}[{key}]" if isinstance(key, int) else f"{self._path}['{key}']")

    def document(self) -> Mapping[str, object]:
        """The ``Get``."""
        return {"Get": self._path}

    @property
    def place(self) -> str:
        """``ForEach.CurrentItem…``."""
        return self._path
