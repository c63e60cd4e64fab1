"""The AWS API: from an HTTP request at an address to an answer.

1. ``call.read``: what is asked of which service.
2. ``permit.identify``: whose key signed it.
3. ``permit.check``: endpoint, identity and resource policies.
4. ``STAGES``: who answers; EC2 and some listings from the estate, STS by itself, the rest by the emulator.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ....estate import Estate
from ...plan.model import Service
from ..directory import Arrival, Directory
from ..http import Request, Response
from ..log import Entry
from . import ec2, listings, permit, sts
from .call import Call, read
from .emulator import Emulator
from .errors import AwsError, respond
from .keys import Identity, Keys, account_of


class Asked(msgspec.Struct, frozen=True):
    """A call that may be made, with everything an answer can hang on."""

    estate: Estate
    call: Call
    identity: Identity | None
    request: Request
    tls: bool


class Api:
    """Answers AWS requests for one estate at a time; the emulator's state and STS's keys outlive it."""

    def __init__(self, estate: Estate, emulator: Emulator) -> None:
        self.emulator = emulator
        self.keys = Keys(estate)

    def use(self, estate: Estate) -> None:
        """Take another estate."""
        self.keys.use(estate)

    def answer(
        self,
        directory: Directory,
        service: Service,
        arrival: Arrival,
        request: Request,
        sni: str,
        tls: bool,
        log: Entry,
    ) -> Response:
        """The answer, errors in the service's own words; fills in the log's entry."""
        estate = directory.estate
        endpoint = estate.vpc_endpoints.get(directory.endpoint_of(service, arrival))
        service_name = endpoint.service_name if service.kind == "endpoint" and endpoint is not None else ""
        call = read(request, sni, service.service, service.region, service_name)
        log.service, log.region, log.operation = call.service, call.region, call.operation
        try:
            identity = permit.identify(call, self.keys)
            log.principal = identity.arn if identity is not None else ""
            permit.check(estate, call, identity, directory.way_of(service, arrival, tls))
            asked = Asked(estate, call, identity, request, tls)
            for stage in STAGES:
                response = stage(self, asked)
                if response is not None:
                    return response
        except AwsError as error:
            log.error = error.code
            return respond(error, call.protocol)
        raise AssertionError("the emulator answers everything")


def _ec2(api: Api, asked: Asked) -> Response | None:
    if asked.call.service != "ec2":
        return None
    account = asked.identity.account if asked.identity is not None else account_of(asked.estate)
    return ec2.answer(ec2.Scope(asked.estate, asked.call.region, account), asked.call)


def _sts(api: Api, asked: Asked) -> Response | None:
    return sts.answer(api.keys, asked.call, asked.identity) if asked.call.service == "sts" else None


def _listed(api: Api, asked: Asked) -> Response | None:
    return listings.answer(asked.estate, asked.call)


def _emulated(api: Api, asked: Asked) -> Response | None:
    return api.emulator.answer(asked.call, asked.request, asked.tls)


STAGES: tuple[Callable[[Api, Asked], Response | None], ...] = (_ec2, _sts, _listed, _emulated)
