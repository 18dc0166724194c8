"""Files of Iceberg tables, as objects in S3."""

from __future__ import annotations

import io
from typing import cast

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from emulator.services.athena.tables.objects import ObjectClient


class ObjectFiles(FileIO):
    """Reads and writes whole objects.

    Args:
        s3: A client.
    """

    def __init__(self, s3: ObjectClient) -> None:
        super().__init__()
        self._s3 = s3

    def new_input(self, location: str) -> InputFile:
        """The object at an address, to read."""
        return _Object(location, self._s3)

    def new_output(self, location: str) -> OutputFile:
        """The object at an address, to write."""
        return _Object(location, self._s3)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete an object."""
        self._s3.delete_object(**_place(location if isinstance(location, str) else location.location))


class _Object(InputFile, OutputFile):
    def __init__(self, location: str, s3: ObjectClient) -> None:
        super().__init__(location)
        self._s3 = s3

    def __len__(self) -> int:
        return len(self._content())

    def exists(self) -> bool:
        try:
            self._content()
        except FileNotFoundError:
            return False
        return True

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002
        return cast(InputStream, io.BytesIO(self._content()))

    def to_input_file(self) -> InputFile:
        return self

    def create(self, overwrite: bool = False) -> OutputStream:
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return cast(OutputStream, _Writing(self.location, self._s3))

    def _content(self) -> bytes:
        try:
            content: bytes = self._s3.get_object(**_place(self.location))["Body"].read()
        except Exception as error:
            raise FileNotFoundError(f"{self.location} cannot be read: {error}") from error
        return content


class _Writing(io.BytesIO):
    """What is written into an object when it is closed."""

    def __init__(self, location: str, s3: ObjectClient) -> None:
        super().__init__()
        self._location = location
        self._s3 = s3

    def close(self) -> None:
        if not self.closed:
            self._s3.put_object(**_place(self._location), Body=self.getvalue())
        super().close()


def _place(location: str) -> dict[str, str]:
    bucket, _, key = location.partition("://")[2].partition("/")
    return {"Bucket": bucket, "Key": key}
