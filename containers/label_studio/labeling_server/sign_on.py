"""The middleware that takes the load balancer's word for who somebody is, and nothing else."""

import os
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpResponse

from labeling_server.access import Groups, from_elsewhere, may
from labeling_server.identity import Person, SignOn, UnknownPersonError

_HEALTH = ("/health", "/health/")


class SignOnMiddleware:
    """Refuses who is not signed on with 401, and what somebody may not do with 403."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self._answer = answer
        self._sign_on = SignOn(
            balancer=os.environ["LABELING_LOAD_BALANCER"],
            client=os.environ["LABELING_CLIENT"],
            issuer=os.environ["LABELING_ISSUER"],
            keys=os.environ["LABELING_SIGNING_KEYS"],
        )
        self._groups = Groups(os.environ["LABELING_MANAGERS"], os.environ["LABELING_ANNOTATORS"])

    def __call__(self, request: Any) -> Any:
        """Answer, or refuse with the reason."""
        method, path = str(request.method), request.path
        # Label Studio's own answer asks the database, which then never sleeps.
        if path in _HEALTH:
            return HttpResponse("UP\n", content_type="text/plain; charset=utf-8")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            person = self._sign_on.person(headers)
        except UnknownPersonError as error:
            return _refused(401, str(error))
        if from_elsewhere(method, request.get_host(), headers):
            return _refused(403, "Requests of other sites change nothing here")
        if not may(person.groups, self._groups, method, path, request.GET.dict()):
            known = f"{self._groups.managers} and {self._groups.annotators}"
            return _refused(
                403, f"{person.email} may not do this; what people may do follows from the groups {known}"
            )
        request.user = _user(person)
        return self._answer(request)


def _refused(status: int, reason: str) -> Any:
    return HttpResponse(f"{reason}\n", status=status, content_type="text/plain; charset=utf-8")


def _user(person: Person) -> Any:
    """The user of that e-mail address, made when somebody comes for the first time."""
    users = get_user_model().objects
    found = users.filter(email=person.email).select_related("active_organization").first()
    return found if found and found.active_organization else joined(person.email)


def joined(email: str) -> Any:
    """The user of ``email`` in the one organization, which the first of all makes; without a password."""
    from organizations.models import Organization

    with transaction.atomic():
        user, made = get_user_model().objects.get_or_create(email=email, defaults={"username": email[:150]})
        if made:
            user.set_unusable_password()
        organization = Organization.objects.first()
        if organization is None:
            organization = Organization.create_organization(created_by=user, title="Labeling")
        else:
            organization.add_user(user)
        user.active_organization = organization
        user.save()
    return user
