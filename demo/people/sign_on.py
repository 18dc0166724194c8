"""The two tokens that a load balancer adds to requests, and the addresses where their keys are."""

import base64
import json
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/labels/50dc6c495c0c9188"
CLIENT = "1example23456789"


class Pool:
    """A pool of people and a load balancer in front: what they sign, and the server of their public keys."""

    def __init__(self) -> None:
        self._balancer = ec.generate_private_key(ec.SECP256R1())
        self._pool = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        keys = {"/keys/balancer-1": self._public(), "/pool/.well-known/jwks.json": self._jwks()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path in keys else 404)
                self.end_headers()
                self.wfile.write(keys.get(self.path, b""))

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address: str = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.issuer: str = f"{self.address}/pool"

    def environment(self) -> Mapping[str, str]:
        """What the server is told of both."""
        return {
            "LABELING_LOAD_BALANCER": BALANCER,
            "LABELING_CLIENT": CLIENT,
            "LABELING_ISSUER": self.issuer,
            "LABELING_SIGNING_KEYS": f"{self.address}/keys",
            "LABELING_MANAGERS": "managers",
            "LABELING_ANNOTATORS": "annotators",
        }

    def headers(self, email: str, groups: Sequence[str], **other: Any) -> dict[str, str]:
        """What the load balancer adds for somebody; ``other`` replaces members of the first token's header."""
        now = time.time()
        first = {"alg": "ES256", "kid": "balancer-1", "signer": BALANCER, "client": CLIENT, "exp": int(now) + 120}
        told = _token({**first, **other}, {"sub": email, "email": email}, self._sign_of_balancer, padded=True)
        claims: dict[str, Any] = {
            "sub": email,
            "iss": self.issuer,
            "client_id": CLIENT,
            "token_use": "access",
            "exp": int(now) + 600,
        }
        if groups:
            claims["cognito:groups"] = list(groups)
        access = _token({"alg": "RS256", "kid": "pool-1"}, claims, self._sign_of_pool)
        return {"x-amzn-oidc-data": told, "x-amzn-oidc-accesstoken": access, "x-amzn-oidc-identity": email}

    def close(self) -> None:
        """Stop the server of keys."""
        self._server.shutdown()
        self._server.server_close()

    def _public(self) -> bytes:
        return self._balancer.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def _jwks(self) -> bytes:
        numbers = self._pool.public_key().public_numbers()
        members = {"n": numbers.n, "e": numbers.e}
        encoded = {name: _text(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in members.items()}
        return json.dumps({"keys": [{"kty": "RSA", "alg": "RS256", "kid": "pool-1", **encoded}]}).encode()

    def _sign_of_balancer(self, content: bytes) -> bytes:
        r, s = decode_dss_signature(self._balancer.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def _sign_of_pool(self, content: bytes) -> bytes:
        return self._pool.sign(content, padding.PKCS1v15(), hashes.SHA256())


def _token(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Any, *, padded: bool = False) -> str:
    # A load balancer pads its tokens, which the standard forbids.
    content = ".".join(_text(json.dumps(part).encode(), padded=padded) for part in (header, claims))
    return f"{content}.{_text(sign(content.encode()), padded=padded)}"


def _text(content: bytes, *, padded: bool = False) -> str:
    encoded = base64.urlsafe_b64encode(content).decode()
    return encoded if padded else encoded.rstrip("=")
