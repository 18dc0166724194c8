"""The account of the credentials, asked without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar, cast

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

_CALLS_AT_A_TIME = 8
_NOT_THERE = (
    *("404", "NotFound", "NoSuchBucket", "NoSuchEntity", "ParameterNotFound", "NotFoundException"),
    *("ResourceNotFound", "ResourceNotFoundException", "RepositoryNotFoundException", "EntityNotFoundException"),
    *("ImageNotFoundException", "NoSuchResourceException", "StateMachineDoesNotExist", "StackNotFoundException"),
    *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)
_SAID_NOT_TO_BE_THERE = ("could not find", "does not exist", "not found")
_DENIED = ("AccessDenied", "AccessDeniedException", "AccessDeniedFault", "UnauthorizedOperation", "403")


class NotSeen(Exception):  # noqa: N818 - it reads as what it is where a check meets it
    """The account does not show something; the text says why."""


class NotThere(Exception):  # noqa: N818 - as above
    """What was asked for does not exist."""


class Account:
    """The account of the credentials in ``region``, and how often it is asked: each question once, eight at a time.

    Credentials, and where AWS is, are those of the environment, as the AWS CLI finds them. ``identity`` is the answer
    of ``sts:GetCallerIdentity``, and None without credentials; ``unseen`` then says why.
    """

    def __init__(
        self, region: str, identity: Mapping[str, str] | None, unseen: str = "", session: Any = None
    ) -> None:
        self.region = region
        self.identity = identity
        self.unseen = unseen
        self._session = session
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[str, Future[Any]] = {}

    @staticmethod
    def of_environment(region: str) -> Account:
        """Asks who the credentials of the environment are. The answer is awaited for ten seconds at most."""
        import botocore.config
        import botocore.exceptions
        import botocore.session

        session: Any = cast(Any, botocore.session).get_session()
        quick: Any = cast(Any, botocore.config).Config(
            connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
        )
        try:
            sts = session.create_client("sts", region_name=region, config=quick)
            found: Mapping[str, str] = sts.get_caller_identity()
            return Account(region, {name: found[name] for name in ("Account", "Arn", "UserId")}, session=session)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            return Account(region, None, str(error).rstrip("."))

    @staticmethod
    def none(why: str) -> Account:
        """No account; ``why`` is what each check says that would need one."""
        return Account("", None, why)

    def in_region(self, region: str) -> Account:
        """The same credentials elsewhere."""
        return self if region == self.region else Account(region, self.identity, self.unseen, self._session)

    def assuming(self, role: str) -> Account:
        """The account as seen by ``role``; raises ``NotSeen`` where the credentials may not become it."""
        given = self.ask("sts", "AssumeRole", RoleArn=role, RoleSessionName="doctor")["Credentials"]
        import botocore.session

        session: Any = cast(Any, botocore.session).get_session()
        session.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return Account(self.region, self.identity, session=session)

    @property
    def number(self) -> str:
        """Twelve digits; raises ``NotSeen`` without credentials."""
        if self.identity is None:
            raise NotSeen(self.unseen)
        return self.identity["Account"]

    @property
    def principal(self) -> str:
        """The ARN of the user or role behind the credentials, as IAM has it, without the name of a session."""
        if self.identity is None:
            raise NotSeen(self.unseen)
        arn = self.identity["Arn"]
        head, _, name = arn.partition(":assumed-role/")
        if not name:
            return arn
        role = name.partition("/")[0]
        return f"{head.replace(':sts:', ':iam:')}:role/{self._path_of_role(role)}{role}"

    @cached_property
    def partition(self) -> str:
        """``aws``, or that of the region."""
        return self.identity["Arn"].split(":")[1] if self.identity else "aws"

    def written(self, text: str) -> str:
        """``text`` of a template or manifest, with the account's number, region and partition in it."""
        for name, value in (
            ("${AWS::AccountId}", self.number),
            ("${AWS::Region}", self.region),
            ("${AWS::Partition}", self.partition),
            ("${AWS::URLSuffix}", "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"),
        ):
            text = text.replace(name, value)
        return text

    def ask(self, service: str, operation: str, *, region: str = "", **request: Any) -> Mapping[str, Any]:
        """The answer of one call, as boto3 names it: ``ask("iam", "GetRole", RoleName="ml")``.

        Raises ``NotThere`` where AWS says that it does not exist, and ``NotSeen`` with the reason for everything
        else: no credentials, no permission, no network, a refusal.
        """
        return cast("Mapping[str, Any]", self._once(False, service, operation, region or self.region, request))

    def every(self, service: str, operation: str, member: str, *, region: str = "", **request: Any) -> Sequence[Any]:
        """The ``member`` of all pages of a list; raises as ``ask`` does."""
        pages = cast("Sequence[Any]", self._once(True, service, operation, region or self.region, request))
        return [each for page in pages for each in page.get(member, ())]

    def again(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        """As ``ask``, whatever has been answered before: for what changes, and for what changes it."""
        return cast("Mapping[str, Any]", self._call(False, service, operation, self.region, request))

    def each(self, asked: Iterable[_Asked], answer: Callable[[_Asked], _Answer]) -> Iterator[_Answer]:
        """``answer`` of each, some at a time, in the order of ``asked``."""
        with ThreadPoolExecutor(_CALLS_AT_A_TIME) as pool:
            yield from pool.map(answer, list(asked))

    def _once(self, pages: bool, service: str, operation: str, region: str, request: Mapping[str, Any]) -> Any:
        question = f"{pages} {service} {operation} {region} {sorted(request.items(), key=str)}"
        with self._lock:
            known = self._answers.get(question)
            answer = self._answers.setdefault(question, Future())
        if known is None:
            try:
                answer.set_result(self._call(pages, service, operation, region, request))
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()

    def _call(self, pages: bool, service: str, operation: str, region: str, request: Mapping[str, Any]) -> Any:
        import botocore
        import botocore.exceptions

        if self.identity is None:
            raise NotSeen(self.unseen)
        try:
            client = self._client(service, region)
            name: str = cast(Any, botocore).xform_name(operation)
            if pages and client.can_paginate(name):
                return list(client.get_paginator(name).paginate(**request))
            answer = getattr(client, name)(**request)
            return [answer] if pages else answer
        except botocore.exceptions.ClientError as error:
            told: Mapping[str, str] = cast(Any, error).response["Error"]
            code, message = told.get("Code", ""), told.get("Message", "")
            if code in _DENIED:
                raise NotSeen(f"{service}:{operation} is denied to {self._who}") from error
            if code in _NOT_THERE or any(words in message.lower() for words in _SAID_NOT_TO_BE_THERE):
                raise NotThere(message) from error
            raise NotSeen(f"{service}:{operation} was refused: {message or code}".rstrip(".")) from error
        except botocore.exceptions.BotoCoreError as error:
            raise NotSeen(str(error).rstrip(".")) from error

    @property
    def _who(self) -> str:
        return self.identity["Arn"] if self.identity else "nobody"

    def _client(self, service: str, region: str) -> Any:
        import botocore.config

        with self._lock:
            if (service, region) not in self._clients:
                config: Any = cast(Any, botocore.config).Config(
                    connect_timeout=5,
                    read_timeout=30,
                    max_pool_connections=4 * _CALLS_AT_A_TIME,
                    retries={"mode": "standard", "total_max_attempts": 6},
                    s3={"addressing_style": "path"},
                )
                self._clients[service, region] = self._session.create_client(
                    service, region_name=region, config=config
                )
            return self._clients[service, region]

    def _path_of_role(self, role: str) -> str:
        """The path of a role, which the ARN of a session does not have; empty where nobody tells."""
        try:
            return str(self.ask("iam", "GetRole", RoleName=role)["Role"]["Path"]).removeprefix("/")
        except (NotSeen, NotThere):
            return ""
