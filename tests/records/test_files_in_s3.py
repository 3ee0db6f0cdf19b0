"""Files in a bucket: kept, read, deleted, against an imitation of S3 on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from crm import env
from crm.records import files
from crm.records.files import keeping
from tests.factories.files import picture, upload
from tests.factories.sales import NOON, made_deal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("S3_URL", f"s3://key:secret@{host}:{port}/artel?region=us-east-1&scheme=http")
    settings.STORAGES = {**settings.STORAGES, "default": env.storage("S3_URL")}
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="artel")
    yield client
    client.close()
    server.stop()


def test_a_picture_and_its_small_one_live_and_go_in_the_bucket(ann: User, bucket: Any) -> None:
    made = files.attach(record=made_deal(owner=ann), upload=upload("map.png", picture()), actor=ann, at=NOON)

    found = bucket.list_objects_v2(Bucket="artel")["Contents"]
    assert {one["Key"] for one in found} == {made.content.file.name, made.content.thumbnail.name}
    with made.content.file.open("rb") as kept:
        assert kept.read() == picture()
    keeping.erase(made.content)

    assert bucket.list_objects_v2(Bucket="artel")["KeyCount"] == 0
