"""The S3 side: one bucket, reached by several ways.

Every transfer gets a client of its own, so that connecting is part of its
time, as it is of ``aws s3 cp``; there are no retries, which would hide what
a path does.  Proxy variables are not followed: a path is what it says.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .errors import NothingError, PathsError, TransferError, reason
from .pinned import Pinned
from .way import Way

PREFIX = "tabiji-bench-paths/"
"""What objects of ours are called; none that was there before is written to."""
Tell = Callable[[int], None]
"""Called with a number of bytes that have moved, from any thread."""


class Access(NamedTuple):
    """How S3 is asked; times in seconds."""

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    cafile: str = ""
    unsigned: bool = False
    path_style: bool = False
    connect_timeout: float = 5.0
    read_timeout: float = 30.0


class Store:
    """A bucket.  Raises PathsError where boto3, profile or credentials are missing."""

    def __init__(self, access: Access, bucket: str) -> None:
        self._access = access
        self.bucket = bucket
        self._run = secrets.token_hex(6)
        self._keys: dict[str, Way] = {}
        self._created = False
        self._session, self._credentials = _session(access)
        from boto3.s3.transfer import TransferConfig

        self._transfer = TransferConfig(num_download_attempts=1)

    # -- transfers

    def upload(self, way: Way, source: Path, tell: Tell) -> float:
        """Send a file to a key of this path's own; seconds.  Raises TransferError."""
        key = self.key_of(way)
        self._keys[key] = way
        return self._timed(
            way,
            lambda client: client.upload_file(str(source), self.bucket, key, Callback=tell, Config=self._transfer),
        )

    def download(self, way: Way, key: str, target: Path, tell: Tell) -> float:
        """Fetch an object; seconds.  Raises TransferError."""
        return self._timed(
            way,
            lambda client: client.download_file(self.bucket, key, str(target), Callback=tell, Config=self._transfer),
        )

    def size(self, way: Way, key: str) -> int:
        """Bytes of an object.  Raises TransferError."""
        found: list[int] = []
        self._timed(way, lambda client: found.append(self._head(client, key)))
        return found[0]

    def _head(self, client: Any, key: str) -> int:
        return int(client.head_object(Bucket=self.bucket, Key=key)["ContentLength"])

    def key_of(self, way: Way) -> str:
        """The key a path's uploads go to."""
        name = "".join(char if char.isascii() and char.isalnum() else "-" for char in way.name)
        return f"{PREFIX}{self._run}/{name}"

    def _timed(self, way: Way, work: Callable[[Any], object]) -> float:
        client = self._client(way)
        host = urlsplit(client.meta.endpoint_url).hostname or ""
        try:
            with Pinned(way, host) as pinned:
                begun = time.perf_counter()
                work(client)
                took = time.perf_counter() - begun
        except Exception as error:
            raise TransferError(reason(error, self._secrets())) from None
        finally:
            client.close()
        if pinned.strays:
            raise TransferError(f"was sent on to {', '.join(sorted(pinned.strays))}, past this path")
        return took

    def _client(self, way: Way) -> Any:
        from botocore import UNSIGNED
        from botocore.config import Config

        access = self._access
        named: dict[str, Any] = {}
        if access.unsigned:
            named["signature_version"] = UNSIGNED
        config = Config(
            connect_timeout=access.connect_timeout,
            read_timeout=access.read_timeout,
            retries={"total_max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path" if access.path_style else "auto"},
            request_checksum_calculation="when_required",  # the checksum is ours, over the whole
            response_checksum_validation="when_required",
            **named,
        )
        found = self._credentials
        try:
            return self._session.client(
                "s3",
                region_name=access.region or None,
                endpoint_url=way.endpoint or access.endpoint or None,
                verify=access.cafile or None,
                config=config,
                aws_access_key_id=found.access_key if found else None,
                aws_secret_access_key=found.secret_key if found else None,
                aws_session_token=found.token if found else None,
            )
        except Exception as error:  # a region or endpoint botocore will not have
            raise TransferError(reason(error, self._secrets())) from None

    def _secrets(self) -> list[str]:
        found = self._credentials
        return [found.access_key, found.secret_key, found.token or ""] if found else []

    # -- what is there before and after

    def create(self, ways: Sequence[Way]) -> None:
        """Make the bucket, by the first path that can.  Raises NothingError, also where there is one already."""
        why = self._by_any(ways, self._create)
        if why:
            raise NothingError(f"bucket {self.bucket} cannot be created: {why}")
        self._created = True

    def _create(self, client: Any) -> None:
        from botocore.exceptions import ClientError

        try:
            client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
        else:
            raise PathsError("it is there already; leave out --create-bucket")
        region, more = client.meta.region_name, {}
        if region not in (None, "us-east-1", "aws-global"):
            more["CreateBucketConfiguration"] = {"LocationConstraint": region}
        client.create_bucket(Bucket=self.bucket, **more)

    def clean(self, ways: Sequence[Way]) -> list[str]:
        """Take away what this run put there; what could not be taken away, with the reason."""
        left = []
        for key, own in self._keys.items():
            others = [way for way in ways if way != own]
            if why := self._by_any([own, *others], partial(self._remove, key)):
                left.append(f"s3://{self.bucket}/{key}: {why}")
        if self._created and not left:
            if why := self._by_any(ways, lambda client: client.delete_bucket(Bucket=self.bucket)):
                left.append(f"s3://{self.bucket}: {why}")
        return left

    def _by_any(self, ways: Sequence[Way], work: Callable[[Any], object]) -> str:
        """Do it by the first path that can; nothing, or why the first one could not."""
        why = ""
        for way in ways:
            try:
                self._timed(way, work)
                return ""
            except TransferError as error:
                why = why or str(error)
        return why

    def _remove(self, key: str, client: Any) -> None:
        """An object, and what half-written uploads left of it (each part costs until it is aborted)."""
        with suppress(KeyError):
            for one in client.list_multipart_uploads(Bucket=self.bucket, Prefix=key)["Uploads"]:
                if one["Key"] == key:
                    client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=one["UploadId"])
        client.delete_object(Bucket=self.bucket, Key=key)


def _session(access: Access) -> tuple[Any, Any]:
    """A boto3 session, and credentials that stay as they are: none are looked up while a path is measured."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise PathsError("boto3 is not installed: pip install 'tabiji[paths]'") from None
    try:
        session = boto3.session.Session(profile_name=access.profile or None)
        if access.unsigned:
            return session, None
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except BotoCoreError as error:
        raise PathsError(reason(error)) from None
    if frozen is None or not frozen.access_key:
        raise PathsError("no AWS credentials were found (--profile NAME, or --no-sign-request)")
    return session, frozen
