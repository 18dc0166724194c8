"""Label Studio's settings, without what calls home, and without ways in of its own."""

import os

# Twice, because the second reads the settings while it makes them, which are those of this module by then.
from core.settings.base import *  # noqa: F403 - settings are names of a module
from core.settings.label_studio import *  # noqa: F403
from core.settings.label_studio import MIDDLEWARE as _THEIRS

MIDDLEWARE = []
for _each in _THEIRS:
    # Tokens of the API are a second way in; the load balancer's sign-on has an end of its own.
    if _each not in ("jwt_auth.middleware.JWTAuthenticationMiddleware",):
        MIDDLEWARE.append(_each)
    if _each == "django.contrib.auth.middleware.AuthenticationMiddleware":
        MIDDLEWARE.append("labeling_server.sign_on.SignOnMiddleware")

SENTRY_DSN = FRONTEND_SENTRY_DSN = None
COLLECT_ANALYTICS = LATEST_VERSION_CHECK = False
DISABLE_SIGNUP_WITHOUT_LINK = True
INACTIVITY_SESSION_TIMEOUT_ENABLED = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# Of any origin, they would let other pages read what a person may.
CORS_ALLOW_ALL_ORIGINS = False
ALLOW_ORGANIZATION_WEBHOOKS = False

# Browsers ask this server, and S3 for what is shown; nobody else is told what people do.
_SHOWN = os.environ.get("LABELING_SHOWN_FROM", "https://*.amazonaws.com")
CSP_REPORT_ONLY = False
CSP_DEFAULT_SRC = ("'self'",)
CSP_SCRIPT_SRC = ("'self'", "'unsafe-inline'", "blob:")
CSP_STYLE_SRC = ("'self'", "'unsafe-inline'")
CSP_IMG_SRC = ("'self'", "data:", "blob:", _SHOWN)
CSP_CONNECT_SRC = ("'self'", "blob:", _SHOWN)
CSP_INCLUDE_NONCE_IN = ()
