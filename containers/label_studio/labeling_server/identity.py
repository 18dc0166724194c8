"""Who asks, by the two tokens that a load balancer adds to a request after it has signed somebody on.

See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

CLAIMS, ACCESS = "x-amzn-oidc-data", "x-amzn-oidc-accesstoken"
_SECONDS = 5


class UnknownPersonError(Exception):
    """A request that did not come through our load balancer, or whose sign-on is over; the message says which."""


@dataclass(frozen=True)
class Person:
    """Somebody who has signed on."""

    email: str
    groups: frozenset[str]


@dataclass(frozen=True)
class SignOn:
    """What signs people on: the load balancer with the ARN ``balancer``, for the ``client`` of the pool ``issuer``.

    ``keys`` is the address below which the load balancer's public keys are.
    """

    balancer: str
    client: str
    issuer: str
    keys: str
    fetch: Callable[[str], bytes] = field(default=lambda address: _fetched(address))
    _known: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def person(self, headers: Mapping[str, str]) -> Person:
        """Whoever the load balancer has signed on. Raises ``UnknownPersonError``.

        The first token is the load balancer's and names the person; the second is the pool's and names the groups.
        """
        told, granted = headers.get(CLAIMS), headers.get(ACCESS)
        if not told or not granted:
            raise UnknownPersonError("Not signed on")
        try:
            claims = self._of_balancer(told)
            access = self._of_pool(granted)
        except (jwt.PyJWTError, ValueError, KeyError, OSError) as error:
            raise UnknownPersonError(f"A token cannot be trusted: {error}") from error
        if not claims.get("email"):
            raise UnknownPersonError("The pool tells no e-mail address: the scope must hold email")
        if claims.get("sub") != access.get("sub"):
            raise UnknownPersonError("The tokens are of two people")
        return Person(str(claims["email"]).lower(), frozenset(map(str, access.get("cognito:groups", ()))))

    def _of_balancer(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("signer") != self.balancer:
            raise ValueError(f"it is signed for another load balancer: {header.get('signer')}")
        if header.get("client") != self.client:
            raise ValueError(f"it is of another client: {header.get('client')}")
        name = str(header["kid"])
        if not name.replace("-", "").isalnum():
            raise ValueError(f"its key has no name of a key: {name}")
        key = self._key(f"{self.keys}/{name}", lambda content: content)
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"], options={"verify_aud": False})
        # The load balancer puts the end of the sign-on into the header.
        if float(header["exp"]) <= time.time():
            raise ValueError("it has expired")
        return claims

    def _of_pool(self, token: str) -> dict[str, Any]:
        name = str(jwt.get_unverified_header(token)["kid"])
        keys = f"{self.issuer}/.well-known/jwks.json"
        key = self._key(f"{keys}#{name}", lambda content: RSAAlgorithm.from_jwk(_named(name, content)))
        required: Any = {"require": ["exp", "iss", "sub"], "verify_aud": False}
        access: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=self.issuer, options=required)
        if access.get("token_use") != "access" or access.get("client_id") != self.client:
            raise ValueError("it is no access token of this client")
        return access

    def _key(self, address: str, read: Callable[[bytes], Any]) -> Any:
        with self._lock:
            if address not in self._known:
                self._known[address] = read(self.fetch(address.partition("#")[0]))
            return self._known[address]


def _named(name: str, content: bytes) -> dict[str, Any]:
    for key in json.loads(content)["keys"]:
        if key.get("kid") == name:
            return key
    raise ValueError(f"the pool has no key {name}")


def _fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
        return answer.read()
